-- Lines of every service, with prices, versions of claims, and what the beneficiary pays.
create table code_draw as
select kind, line, place, reach, hcpcs_code, modifier, price, most_units, shares_cost from (
    select *, sum(weight) over w - weight as low_end, sum(weight) over w as high_end,
        sum(weight) over (partition by kind, line) as total
    from service_code window w as (partition by kind, line order by hcpcs_code, modifier)
), range(256) t(place) where (place + 0.5) / 256 * total >= low_end and (place + 0.5) / 256 * total < high_end;

create table service_line as select kind, line, max(reach) as reach from service_code group by all;

create table priced_line as
with reached as (
    select a.*, l.line,
        -- the two practices of a tie see the person as often for the same services
        case when a.habit = 'tied' and a.kind = 1 then a.turn // 2 else a.key * 8 + l.line end as draw
    from attended a join service_line l using (kind)
    where u('line', a.i, case when a.habit = 'tied' and a.kind = 1 then 4000000000 + (a.turn // 2) * 8 + l.line else a.key * 8 + l.line end) < l.reach
),
coded as (
    select r.*, c.hcpcs_code, c.modifier, c.price, c.most_units, c.shares_cost = 'yes' as shares_cost,
        1 + among('units', r.i, r.draw + 7, c.most_units) as units,
        k.claim_class, k.place as place_of_service,
        u('denied', r.i, r.key * 8 + r.line) < denied_share() and r.kind <> 1 as is_denied
    from reached r join code_draw c on c.kind = r.kind and c.line = r.line and c.place = among('code', r.i, r.draw, 256)
    join service k on k.kind = r.kind
)
select i, y, kind, pool, key, line, day, claim_id, beneficiary_id, habit, claim_class, place_of_service,
    tin, npi, specialty, is_assigned, hcpcs_code, modifier, units, shares_cost, is_denied,
    round(price * units * rate_factor * 100)::bigint as standard_cents,
    case when is_denied then 0 else round(price * units * rate_factor * price_level() * 100)::bigint end as allowed_cents
from coded;

create table shared_line as
with summed as (
    select *, coalesce(sum(case when shares_cost and claim_class in ('PART_B', 'OUTPATIENT', 'DME') then allowed_cents else 0 end)
        over (partition by i, y order by day, key, line rows between unbounded preceding and 1 preceding), 0)::bigint as before
    from priced_line
)
select * exclude (before), case when shares_cost and claim_class <> 'PDE'
    then greatest(0, least(allowed_cents, part_b_deductible() * 100 - before))::bigint else 0 end as deductible_cents
from summed;

create table settled_line as
select *, case when shares_cost and claim_class <> 'PDE' then round((allowed_cents - deductible_cents) * coinsurance_share())::bigint else 0 end as coinsurance_cents
from shared_line;

create table event_claim as
select claim_id, any_value(i) as i, any_value(y) as y, any_value(kind) as kind, any_value(key) as key,
    any_value(beneficiary_id) as beneficiary_id, any_value(claim_class) as claim_class, any_value(day) as from_date,
    any_value(npi) as npi, sum(standard_cents) filter (not is_denied)::bigint as standard_cents,
    sum(allowed_cents)::bigint as allowed_cents, sum(deductible_cents)::bigint as deductible_cents,
    sum(coinsurance_cents)::bigint as coinsurance_cents, bool_and(is_denied) as is_denied
from settled_line group by claim_id;

-- every claim once as it stands in the end
create table whole_claim as
select claim_id, i, beneficiary_id, claim_class, case claim_class when 'PART_B' then '71' when 'OUTPATIENT' then '40' when 'DME' then '81' else '01' end as claim_type_code,
    from_date, from_date as thru_date, null::date as admission_date, null::date as discharge_date, null::varchar as discharge_status,
    null::varchar as admission_type, null::varchar as admission_source,
    case when claim_class = 'OUTPATIENT' then state_number() || lpad((701 + among('outpatient hospital', i, key, 6))::varchar, 4, '0') end as ccn,
    npi, case when claim_class = 'OUTPATIENT' then '131' end as bill_type, null::varchar as drg,
    coalesce(standard_cents, 0) as standard_cents, allowed_cents, deductible_cents, coinsurance_cents, is_denied, kind, key, 0 as stay, 0 as half
from event_claim
union all
select claim_id, i, beneficiary_id, claim_class, claim_type_code, from_date, thru_date, admission_date, discharge_date, status,
    admission_type, source, ccn, npi_of(market() * 1000000 + 989000 + hospital), bill_type, drg,
    standard_cents, allowed_cents, deductible_cents, coinsurance_cents, false, 100, key, coalesce(stay, 0), half
from institutional_claim;

-- versions: A as first sent, X the cancellation, B what is sent again; most claims are sent once
create table fate as
select claim_id, case
    when u('fate', i, key * 2 + half) < adjusted_share() then 'adjusted'
    when u('fate', i, key * 2 + half) < adjusted_share() + cancelled_share() then 'cancelled'
    when u('fate', i, key * 2 + half) < adjusted_share() + cancelled_share() + rebilled_share() then 'rebilled' end as fate
from whole_claim where kind <> 1 or u('fate', i, key * 2 + half) >= 0;

create table version as
select claim_id, '' as suffix, '0' as adjustment_type, 1.0 as share, 0 as days_after from fate where fate is null
union all select claim_id, 'A', '0', 0.7, 14 from fate where fate = 'adjusted'
union all select claim_id, 'B', '2', 1.0, 60 from fate where fate = 'adjusted'
union all select claim_id, 'A', '0', 1.0, 14 from fate where fate in ('cancelled', 'rebilled')
union all select claim_id, 'X', '1', 1.0, 45 from fate where fate in ('cancelled', 'rebilled')
union all select claim_id, 'B', '0', 1.0, 75 from fate where fate = 'rebilled';
