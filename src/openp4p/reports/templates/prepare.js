"use strict";
/* The tiers and the dollars of a practice, as the engine computes them: the same steps in the same
   order in the same doubles; money and fractions as whole numbers of billionths. */
const openp4p = (() => {
  const BILLION = 1000000000n;
  const mean = parts => {
    let total = 0, variance = 0;
    for (const [value, spread] of parts) { total += value; variance += spread; }
    return [total / parts.length, variance / (parts.length * parts.length)];
  };
  const shareVariance = (met, cases) => {
    const counted = Math.min(met, cases), plain = counted / cases;
    const used = plain <= 0 || plain >= 1 ? (counted + 0.5) / (cases + 1) : plain;
    return used * (1 - used) / cases;
  };
  /* The rate that an amount makes, and its variance; NaN where that is not known. */
  const rateAt = (line, amount) => {
    let rate = amount, variance = line.variance === null ? NaN : line.variance;
    if (line.form === "share") { rate = amount / line.cases; variance = shareVariance(amount, line.cases); }
    if (line.form === "events") { rate = line.worth * amount; variance = line.worth * line.worth * Math.max(amount, 0.5); }
    if (line.form === "percent") variance = shareVariance(amount / 100 * line.cases, line.cases) * 100 * 100;
    return [rate, line.cases > 1 ? variance : NaN];
  };
  const score = (line, amount) => {
    const [rate, variance] = rateAt(line, amount);
    return [line.sign * ((rate - line.mean) / line.deviation), variance / (line.deviation * line.deviation)];
  };
  const amountOf = (line, steps) =>
    Math.min(Math.max(line.amount + (steps || 0) * line.step, 0), line.most === null ? Infinity : line.most);
  const composite = (model, kind, settings) => {
    const lines = model.lines.filter(l => l.kind === kind && l.isScored && !settings.left.includes(l.measure));
    if (!lines.length || !model.peers[kind]) return null;
    const domains = new Map();
    for (const line of lines) {
      if (!domains.has(line.domain)) domains.set(line.domain, []);
      domains.get(line.domain).push(score(line, amountOf(line, settings.steps[line.measure])));
    }
    const [raw, variance] = mean([...domains.values()].map(mean));
    const [middle, deviation] = model.peers[kind];
    if (deviation <= 0) return {raw, value: 0, error: NaN};
    return {raw, value: (raw - middle) / deviation, error: model.hasErrors ? Math.sqrt(variance) / deviation : NaN};
  };
  const significant = value => {
    if (!Number.isFinite(value) || value === 0) return value;
    const exponent = 11 - Math.floor(Math.log10(Math.abs(value)));
    const up = 10 ** Math.max(exponent, 0), down = 10 ** Math.max(-exponent, 0);
    const scaled = value * up / down;
    return (value >= 0 ? Math.floor(scaled + 0.5) : Math.ceil(scaled - 0.5)) / up * down;
  };
  const tier = (model, found) => {
    if (!found) return "average";
    const value = significant(found.value);
    if (!(Math.abs(value) >= model.deviations)) return "average";
    if (model.isTested) {
      const reached = significant(Math.abs(found.value) / found.error) >= significant(model.critical);
      if (!(found.error === 0 || reached)) return "average";
    }
    return value > 0 ? "high" : "low";
  };
  /* A decimal as a whole number of billionths. */
  const billionths = text => {
    const [, sign, whole, part = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
    const found = BigInt(whole) * BILLION + BigInt((part + "000000000").slice(0, 9));
    return sign ? -found : found;
  };
  const rounded = (top, bottom) => {
    const size = top < 0n ? -top : top, half = (size * 2n + bottom) / (bottom * 2n);
    return top < 0n ? -half : half;
  };
  const place = (model, settings) => {
    const composites = {quality: composite(model, "quality", settings), cost: composite(model, "cost", settings)};
    let tiers = {quality: tier(model, composites.quality), cost: tier(model, composites.cost)};
    if (model.settled) tiers = {quality: model.settled[0], cost: model.settled[1]};
    const way = model.ways[settings.way];
    let basis = model.settledBasis || "tiering", fraction = 0n, multiple = null;
    if (!model.isSubject) basis = "not_subject";
    else if (way.category !== 1) { basis = "automatic"; fraction = billionths(model.automatic); }
    else if (!model.settled && !model.isElected) basis = "not_elected";
    else if (!model.settled && model.needsBoth && !(composites.quality && composites.cost)) basis = "no_measure";
    else {
      const cell = model.grid[tiers.quality + " " + tiers.cost];
      if (cell.multiple === null) fraction = billionths(cell.percent);
      else {
        multiple = billionths(cell.multiple);
        if (settings.sick && way.earnsBonus) multiple += billionths(model.bonus);
        fraction = rounded(multiple * billionths(settings.factor), BILLION);
      }
    }
    const cents = rounded(BigInt(model.paidCents) * fraction, BILLION);
    return {composites, tiers, basis, multiple, fraction, cents};
  };
  return {place, rateAt, amountOf, billionths, rounded, BILLION};
})();

if (typeof document !== "undefined" && document.getElementById("model")) {
  const model = JSON.parse(document.getElementById("model").textContent);
  const all = selector => [...document.querySelectorAll(selector)];
  const put = (id, text) => { const held = document.getElementById(id); if (held) held.textContent = text; };
  const minus = text => text.replace("-", "\u2212");
  const trimmed = text => text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  const decimal = (number, digits) => {
    const unit = 10n ** BigInt(9 - digits), whole = openp4p.rounded(number, unit), size = whole < 0n ? -whole : whole;
    const text = size.toString().padStart(digits + 1, "0");
    return (whole < 0n ? "-" : "") + text.slice(0, -digits) + "." + text.slice(-digits);
  };
  const percent = fraction => {
    const text = trimmed(decimal(fraction * 100n, 3));
    return fraction > 0n ? "+" + text + "%" : minus(text) + "%";
  };
  const money = cents => {
    const size = (cents < 0n ? -cents : cents).toString().padStart(3, "0");
    const whole = size.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
    return (cents < 0n ? "\u2212" : "") + "$" + whole + "." + size.slice(-2);
  };
  const number = (value, digits) => value.toLocaleString("en-US", {minimumFractionDigits: digits, maximumFractionDigits: digits});
  const signed = value => (value >= 0 ? "+" : "\u2212") + Math.abs(value).toFixed(2);
  const shown = (line, amount) => {
    const [rate] = openp4p.rateAt(line, amount);
    if (line.form === "share") return `${number(amount, Number.isInteger(amount) ? 0 : 1)} of ${number(line.cases, 0)} (${(rate * 100).toFixed(1)}%)`;
    if (line.form === "events") return `${number(amount, 0)} (${number(rate, 2)} per 1,000)`;
    if (line.unit === "dollars") return "$" + number(rate, 0);
    return number(rate, 2) + (line.unit === "percent" ? "%" : line.unit === "per_1000" ? " per 1,000" : "");
  };
  const factorInput = document.getElementById("factor"), wayInput = document.getElementById("way");
  for (const [n, way] of model.ways.entries()) wayInput.add(new Option(way.name, n));
  const settingsNow = () => ({
    steps: Object.fromEntries(all("input[data-measure]").map(i => [i.dataset.measure, Number(i.value)])),
    left: all("input[data-counts]").filter(i => !i.checked).map(i => i.dataset.counts),
    factor: factorInput.dataset.moved ? (Number(factorInput.value) / 10000).toFixed(4) : model.factor,
    way: Number(wayInput.value),
    sick: document.getElementById("sick").checked,
  });
  const meter = (kind, found) => {
    const held = document.getElementById("meter-" + kind);
    if (!held) return;
    const at = value => (Math.max(-3, Math.min(3, value)) + 3) / 6 * 100 + "%";
    held.hidden = !found;
    if (!found) return;
    const test = model.isTested && found.error > 0 ? model.critical * found.error : 0;
    const limit = model.isTested && Number.isNaN(found.error) ? NaN : Math.max(model.deviations, test);
    held.querySelector(".mark").style.left = at(found.value);
    all(`#meter-${kind} .limit`).forEach((line, n) => {
      line.hidden = Number.isNaN(limit);
      line.style.left = at(n ? limit : -limit);
    });
  };
  const told = (kind, found) => !found ? "no composite, which counts as average"
    : `${signed(found.value)} SD, standard error ${Number.isNaN(found.error) ? "not known" : found.error.toFixed(2)}`;
  const show = () => {
    const settings = settingsNow(), found = openp4p.place(model, settings);
    openp4p.settings = settings;
    openp4p.state = found;
    for (const line of model.lines) {
      put("out-" + line.measure, shown(line, openp4p.amountOf(line, settings.steps[line.measure])));
      const held = document.querySelector(`input[data-measure="${line.measure}"]`);
      if (held) {
        held.setAttribute("aria-valuetext", shown(line, openp4p.amountOf(line, settings.steps[line.measure])));
        const moved = Number(held.value);
        put("by-" + line.measure, moved ? signed(moved * line.step).replace(/\.00$/, "") : "");
        held.disabled = settings.left.includes(line.measure);
      }
    }
    const factor = openp4p.billionths(settings.factor);
    put("out-factor", trimmed(decimal(factor * 100n, 4)) + "%");
    const name = found.multiple === null ? "" : "+" + trimmed(decimal(found.multiple, 3)) + "x = ";
    put("tier", found.basis === "tiering" || model.settled ? `${found.tiers.quality} quality, ${found.tiers.cost} cost` : "in no tier");
    put("basis", found.basis.replace(/_/g, " "));
    put("adjustment", name + percent(found.fraction));
    put("dollars", money(found.cents));
    for (const kind of ["quality", "cost"]) {
      put("tier-" + kind, found.tiers[kind]);
      put("composite-" + kind, told(kind, found.composites[kind]));
      meter(kind, found.composites[kind]);
    }
    for (const cell of all("td[data-cell]")) {
      const here = cell.dataset.cell === `${found.tiers.quality} ${found.tiers.cost}`;
      cell.classList.toggle("here", here);
      if (here) cell.setAttribute("aria-current", "true"); else cell.removeAttribute("aria-current");
      const rule = model.grid[cell.dataset.cell];
      const bonus = settings.sick && model.ways[settings.way].earnsBonus ? openp4p.billionths(model.bonus) : 0n;
      const times = rule.multiple === null ? null : openp4p.billionths(rule.multiple) + bonus;
      const fraction = times === null ? openp4p.billionths(rule.percent) : openp4p.rounded(times * factor, openp4p.BILLION);
      cell.querySelector("b").textContent = times === null ? percent(fraction) : "+" + trimmed(decimal(times, 3)) + "x";
      cell.querySelector(".money").textContent = money(openp4p.rounded(BigInt(model.paidCents) * fraction, openp4p.BILLION));
    }
  };
  factorInput.addEventListener("input", () => { factorInput.dataset.moved = "yes"; });
  document.getElementById("sick").checked = model.isHighRisk;
  document.addEventListener("input", show);
  document.getElementById("reset").addEventListener("click", () => {
    all("input[data-measure]").forEach(i => { i.value = "0"; });
    all("input[data-counts]").forEach(i => { i.checked = true; });
    delete factorInput.dataset.moved;
    factorInput.value = factorInput.defaultValue;
    wayInput.value = "0";
    document.getElementById("sick").checked = model.isHighRisk;
    show();
  });
  show();
}
