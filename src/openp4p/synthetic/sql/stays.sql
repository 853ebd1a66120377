-- Hospital stays: at most one first admission in a quarter, its readmissions and transfers, and the
-- last stay of those who die in hospital. What would overlap an earlier stay is dropped.
create table admission_rate as
select h.i, y, h.burden, h.readmission_effect, h.years, h.death_date, h.entry_date, h.only_b, h.ma_from, h.ma_to, h.is_abroad,
    power(h.admission_effect, 2.5) * h.use_effect * exp(0.45 * h.decades) * (0.45 + 0.55 * h.burden) as acute_factor,
    h.admission_effect * h.use_effect * (0.45 + 0.55 * h.burden / 1.35) as chronic_factor,
    h.cost_effect * h.use_effect * (0.35 + 0.65 * h.burden * case y when 0 then h.shock0 else h.shock1 end) as other_factor,
    h.has
from health h, range(2) t(y);

create table first_stay as
with rates as (
    select *,
        pneumonia_rate() * acute_factor as r1, urinary_rate() * acute_factor as r2, dehydration_rate() * acute_factor as r3,
        case when list_contains(has, 'diabetes') then diabetes_rate() * chronic_factor else 0 end as r4,
        case when list_contains(has, 'copd') or list_contains(has, 'asthma') then copd_rate() * chronic_factor else 0 end as r5,
        case when list_contains(has, 'hf') then heart_failure_rate() * chronic_factor else 0 end as r6,
        other_rate() * other_factor as r7
    from admission_rate
),
quarters as (
    select *, q, i * 8 + y * 4 + q as stay_key, r1 + r2 + r3 + r4 + r5 + r6 + r7 as total
    from rates, range(4) t(q)
),
drawn as (
    select *, u('which', stay_key, 0) * total as uw from quarters
    where u('stay', stay_key, 0) < least(0.75, total / 4)
)
select i, y, stay_key, burden, readmission_effect, years, death_date, entry_date, only_b, ma_from, ma_to, is_abroad,
    case when uw < r1 then 'pneumonia' when uw < r1 + r2 then 'urinary' when uw < r1 + r2 + r3 then 'dehydration'
        when uw < r1 + r2 + r3 + r4 then 'diabetes' when uw < r1 + r2 + r3 + r4 + r5 then 'copd'
        when uw < r1 + r2 + r3 + r4 + r5 + r6 then 'heart_failure' else 'other' end as cause,
    (jan1(performance_year() - 1 + y) + (q * 91)::int + among('day', stay_key, 0, 91)::int) as admitted, 0 as link
from drawn
union all
-- the last days of a third of those who die
select i, y, i * 8 + y * 4 + 3, burden, readmission_effect, years, death_date, entry_date, only_b, ma_from, ma_to, is_abroad,
    'other', death_date - 1 - among('last days', i, 0, 9)::int, 3
from admission_rate where extract(year from death_date) = performance_year() - 1 + y and u('dies in hospital', i, 0) < 0.34;

create table stay_draw as
-- kind of stay and length, for whatever asks: one row per cause and place on a scale of 256
select cause, place, stay from (
    select cause, stay, sum(weight) over w - weight as low_end, sum(weight) over w as high_end,
        sum(weight) over (partition by cause) as total
    from stay_kind where course <> 'planned' window w as (partition by cause order by stay)
), range(256) t(place) where (place + 0.5) / 256 * total >= low_end and (place + 0.5) / 256 * total < high_end;

create macro stay_length(stay_key, link, days) as
    least(28, greatest(1, floor(days * exp(0.45 * z('length', stay_key * 4 + link)))))::int;

create table chain0 as
select f.*, d.stay, k.days, k.surgical, k.course,
    stay_length(stay_key, link, k.days) as nights
from first_stay f
join stay_draw d on d.cause = f.cause and d.place = among('stay kind', stay_key, link, 256)
join stay_kind k on k.stay = d.stay;

create macro comes_back(stay_key, link, course, burden, effect) as
    link < 2 and u('comes back', stay_key, link)
        < least(0.6, readmission_rate() * effect * (0.62 + 0.38 * least(3.5, burden)) * case when course in ('orthopedic') then 0.4 else 1.0 end);

create macro readmitted(source, link_) as table
select f.i, f.y, f.stay_key, f.burden, f.readmission_effect, f.years, f.death_date, f.entry_date, f.only_b, f.ma_from, f.ma_to, f.is_abroad,
    case when u('again', f.stay_key, link_) < 0.22 and f.cause <> 'other' then f.cause else 'other' end as cause,
    f.admitted + f.nights + 1 + floor(29 * power(u('gap', f.stay_key, link_), 1.35))::int as admitted, link_::int as link
from query_table(source) f where comes_back(f.stay_key, link_ - 1, f.course, f.burden, f.readmission_effect) and f.link = link_ - 1;

create table chain1 as
select f.*, k.stay, k.days, k.surgical, k.course, stay_length(f.stay_key, f.link, k.days) as nights
from readmitted('chain0', 1) f
join stay_draw d on d.cause = f.cause and d.place = among('stay kind', f.stay_key, f.link, 256)
join stay_kind k on k.stay = case when u('planned', f.stay_key, f.link) < 0.07 then 58 else d.stay end;

create table chain2 as
select f.*, k.stay, k.days, k.surgical, k.course, stay_length(f.stay_key, f.link, k.days) as nights
from readmitted('chain1', 2) f
join stay_draw d on d.cause = f.cause and d.place = among('stay kind', f.stay_key, f.link, 256)
join stay_kind k on k.stay = d.stay;

create table stay as
with drawn as (
    select * from chain0 union all select * from chain1 union all select * from chain2
),
living as (
    select *, case when death_date <= admitted + nights then death_date else admitted + nights end as left_on,
        coalesce(death_date <= admitted + nights, false) as died
    from drawn
    where (death_date is null or admitted <= death_date)
      and admitted >= entry_date and not only_b and not is_abroad
      and admitted < jan1(performance_year() + 1)
      and not month_index(admitted) between ma_from and ma_to
),
apart as (
    select *, max(left_on) over w as earlier_end, lag(left_on) over v as previous_end
    from living
    window w as (partition by i order by admitted, stay_key, link rows between unbounded preceding and 1 preceding),
           v as (partition by i order by admitted, stay_key, link)
),
kept as (
    select *, stay_key * 4 + link as key from apart where earlier_end is null or earlier_end < admitted
),
sent as (
    select *,
        not died and course in ('cardiac', 'stroke') and u('transfer', key, 0) < 0.045 as is_transferred,
        lead(admitted) over (partition by i order by admitted, key) as next_admitted, u('goes', key, 0) as ug, among('hospital', i, case when u('elsewhere', key, 0) < 0.85 then 0 else key end, 6) as hospital
    from kept
)
select *,
    case when died then '20' when is_transferred then '02'
        when ug < 0.006 then '07' when ug < 0.030 + 0.012 * least(3, burden) then case when ug < 0.035 then '50' else '51' end
        when course in ('orthopedic') then case when ug < 0.40 then '06' when ug < 0.66 then '03' when ug < 0.74 then '62' else '01' end
        when course in ('fracture', 'stroke') then case when ug < 0.14 then '06' when ug < 0.52 then '03' when ug < 0.72 then '62' else '01' end
        when ug < 0.22 then '06' when ug < 0.42 then '03' when ug < 0.44 then '62' when ug < 0.45 then '63' else '01' end as status
from sent;

-- the second half of a transfer, in another hospital from the same day on
create table hospital_stay as
select i, y, key, 0 as half, stay, admitted, left_on, nights, status, hospital, course, surgical, died, previous_end, burden, death_date, link, next_admitted,
    case when u('source', key, 0) < 0.04 then '5' when u('source', key, 0) < 0.10 then '2' else '1' end as source
from stay
union all
select i, y, key, 1, stay, left_on, moved_on, 4, case when death_date <= moved_on then '20' when ug < 0.6 then '01' else '06' end,
    (hospital + 1) % 6, course, surgical, coalesce(death_date <= moved_on, false), previous_end, burden, death_date, link,
    next_admitted, '4'
from (
    select *, least(left_on + 4, coalesce(death_date, left_on + 4), coalesce(next_admitted - 1, left_on + 4)) as moved_on
    from stay where is_transferred
) where moved_on < jan1(performance_year() + 1);

create table institutional as
-- inpatient stays, then what follows them
with priced as (
    select s.*, k.drg, k.price * exp(0.10 * z('stay price', key * 2 + half)) * case when u('outlier', key, half) < 0.012 then 2.6 else 1 end as standard,
        'IP' as kind
    from hospital_stay s join stay_kind k using (stay)
)
select i, kind, key, half, 'INPATIENT' as claim_class, '60' as claim_type_code, admitted as from_date, left_on as thru_date,
    admitted as admission_date, left_on as discharge_date, status, source,
    case when surgical = 'yes' and link = 0 then '3' when source = '4' then '2' else '1' end as admission_type,
    state_number() || (['0701', '0702', '0703', '0704', '0705', '1370'])[1 + hospital] as ccn, hospital,
    '111' as bill_type, drg, standard, stay,
    case when previous_end is null or admitted - previous_end > 60 then case when year(admitted) >= 2015 then 1260.0 else 1216.0 end else 0 end as deductible,
    0.0 as coinsurance
from priced
union all
select i, 'IR', key, half, 'INPATIENT', '60', left_on, least(left_on + 12, coalesce(death_date, left_on + 12), coalesce(next_admitted, left_on + 12)), left_on,
    least(left_on + 12, coalesce(death_date, left_on + 12), coalesce(next_admitted, left_on + 12)), case when death_date <= left_on + 12 then '20' else '06' end, '4', '3',
    state_number() || case when hospital % 2 = 0 then 'T701' else '3071' end, hospital, '111', '945', 17800.0 * exp(0.15 * z('rehab', key)), 0, 0.0, 0.0
from priced where status = '62'
union all
select i, 'IL', key, half, 'INPATIENT', '60', left_on, least(left_on + 26, coalesce(death_date, left_on + 26), coalesce(next_admitted, left_on + 26)), left_on,
    least(left_on + 26, coalesce(death_date, left_on + 26), coalesce(next_admitted, left_on + 26)), case when death_date <= left_on + 26 then '20' else '03' end, '4', '3',
    state_number() || '2071', hospital, '111', '207', 42000.0 * exp(0.2 * z('long stay', key)), 0, 0.0, 0.0
from priced where status = '63'
union all
select i, 'SN', key, half, 'SNF', '20', left_on, left_on + snf_days, left_on, left_on + snf_days,
    case when death_date <= left_on + snf_days then '20' else '01' end, '4', '3', state_number() || '5' || lpad((701 + hospital)::varchar, 3, '0'), hospital, '211', null,
    greatest(1, snf_days) * 415.0, 0, 0.0, greatest(0, snf_days - 20) * 157.5
from (select *, least(greatest(3, floor(22 * exp(0.5 * z('nursing days', key))))::int, 90, coalesce(death_date - left_on, 90), coalesce(next_admitted - left_on, 90))::int as snf_days from priced) where status = '03'
union all
select i, 'HH', key, half, 'HHA', '10', left_on + 1, least(left_on + 60, coalesce(death_date, left_on + 60)), null, null, '01', null, null,
    state_number() || '7' || lpad((701 + hospital)::varchar, 3, '0'), hospital, '329', null, 2900.0 * exp(0.35 * z('episode', key)), 0, 0.0, 0.0
from priced where status = '06' and (death_date is null or death_date > left_on)
union all
select i, 'HS', key, half, 'HOSPICE', '50', left_on, least(left_on + 40, coalesce(death_date, left_on + 40)), null, null,
    case when death_date <= left_on + 40 then '41' else '30' end, null, null,
    state_number() || '1571', hospital, '811', null, 165.0 * (1 + least(left_on + 40, coalesce(death_date, left_on + 40)) - left_on), 0, 0.0, 0.0
from priced where status in ('50', '51');

insert into institutional
-- home health and hospice without a stay before them
select i, 'HC', i * 8 + y * 4 + n, 0, 'HHA', '10', day, least(day + 59, coalesce(death_date, day + 59)), null, null, '30', null, null,
    state_number() || '7701', 0, '329', null, 2700.0 * exp(0.35 * z('home episode', i * 8 + y * 4 + n)), 0, 0.0, 0.0
from (select r.*, n, (jan1(performance_year() - 1 + y) + (n * 120)::int + among('home day', i * 8 + y * 4 + n, 0, 60)::int) as day
      from admission_rate r, range(3) t(n) where u('home health', i * 8 + y * 4 + n, 0) < home_health_rate() * least(6, burden))
where covered(day, entry_date, death_date, ma_from, ma_to) and not only_b and not is_abroad
union all
select i, 'HP', i * 2 + n, 0, 'HOSPICE', '50', day, least(day + 29, death_date), null, null, case when day + 29 >= death_date then '41' else '30' end, null, null,
    state_number() || '1571', 0, '811', null, 165.0 * (1 + least(day + 29, death_date) - day), 0, 0.0, 0.0
from (select h.*, n, death_date - ((n + 1) * 30)::int + 1 as day from health h, range(2) t(n)
      where death_date is not null and u('hospice', i, 0) < case n when 0 then 0.40 else 0.25 end)
where covered(day, entry_date, death_date, ma_from, ma_to) and not only_b and not is_abroad;

create table institutional_claim as
select c.*, h.beneficiary_id, h.ids,
    round(standard * 100)::bigint as standard_cents,
    round(greatest(standard * price_level() * case when claim_class = 'INPATIENT' then (1.0 + 0.07 * (hospital % 4)) else 1 end,
        deductible + coinsurance) * 100)::bigint as allowed_cents,
    round(deductible * 100)::bigint as deductible_cents, round(coinsurance * 100)::bigint as coinsurance_cents
from institutional c join health h using (i)
where from_date < jan1(performance_year() + 1) and from_date >= jan1(performance_year() - 1);
