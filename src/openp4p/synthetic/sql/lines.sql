-- Lines of every service, with prices and what the beneficiary pays of them; claims with versions.
create table code_draw as
select kind, line, place, hcpcs_code, modifier, price, most_units, shares_cost = 'yes' as shares_cost from (
    select *, sum(weight) over w - weight as low_end, sum(weight) over w as high_end,
        sum(weight) over (partition by kind, line) as total
    from service_code window w as (partition by kind, line order by hcpcs_code, modifier)
), range(256) t(place) where (place + 0.5) / 256 * total >= low_end and (place + 0.5) / 256 * total < high_end;

create table service_line as
select kind, line, max(reach)::double as reach, any_value(s.claim_class) as claim_class, any_value(s.place) as place_of_service
from service_code join service s using (kind) group by all;

create table priced_line as
with drawn as (
    -- the two practices of a tie see the person as often for the same services
    select a.*, l.line, l.claim_class, l.place_of_service, l.reach,
        case when a.habit = 'tied' and a.kind = 1 then (a.turn // 2) * 8 + l.line else a.key * 8 + l.line end as draw
    from attended a join service_line l using (kind)
),
coded as (
    select r.*, c.hcpcs_code, c.modifier, c.price, c.shares_cost,
        1 + among('units', r.i, r.draw, c.most_units) as units,
        u('denied', r.i, r.key * 8 + r.line) < denied_share() and r.habit <> 'tied' as is_denied
    from drawn r join code_draw c
        on c.kind = r.kind and c.line = r.line and c.place = among('code', r.i, r.draw, 256)
    where r.reach >= 1 or u('line', r.i, r.draw) < r.reach * further_lines()
)
select i, y, kind, key, line, day, claim_class, place_of_service, tin, npi, specialty, is_assigned, hcpcs_code,
    modifier, units, shares_cost and claim_class <> 'PDE' as shares_cost, is_denied,
    case when is_denied then 0 else round(price * units * rate_factor * 100)::bigint end as standard_cents,
    case when is_denied then 0 else round(price * units * rate_factor * price_level() * 100)::bigint end as allowed_cents
from coded;

-- the yearly deductible falls on the first services of the year
create table settled_line as
with shared as (
    select i, key, line, greatest(0, least(allowed_cents, part_b_deductible() * 100 - coalesce(sum(allowed_cents)
        over (partition by i, y order by day, key, line rows between unbounded preceding and 1 preceding), 0)))::bigint as deductible_cents
    from priced_line where shares_cost and allowed_cents > 0
),
parted as (
    select p.*, coalesce(s.deductible_cents, 0) as deductible_cents
    from priced_line p left join shared s using (i, key, line)
)
select *, case when shares_cost then round((allowed_cents - deductible_cents) * coinsurance_share()::double)::bigint else 0 end as coinsurance_cents
from parted;

-- how a claim came to be: sent once; adjusted; taken back; taken back and billed again
create macro fate_of(i, key) as case
    when u('fate', i, key) >= adjusted_share() + cancelled_share() + rebilled_share() then 0
    when u('fate', i, key) < adjusted_share() then 1
    when u('fate', i, key) < adjusted_share() + cancelled_share() then 2 else 3 end;
create table version as
select * from (values
    (0, 0, '', '0', 10, 0),
    (1, 0, 'A', '0', 7, 0), (1, 1, 'B', '2', 10, 46),
    (2, 0, 'A', '0', 10, 0), (2, 1, 'X', '1', 10, 31),
    (3, 0, 'A', '0', 10, 0), (3, 1, 'X', '1', 10, 31), (3, 2, 'B', '0', 10, 61)
) t(fate, number, suffix, adjustment_type, tenths, days_after);

-- every claim once, as it stands in the end
create table whole_claim as
with summed as (
    select i, key, any_value(y) as y, any_value(kind) as kind, any_value(claim_class) as claim_class, any_value(day) as from_date,
        any_value(npi) as npi, sum(standard_cents)::bigint as standard_cents, sum(allowed_cents)::bigint as allowed_cents,
        sum(deductible_cents)::bigint as deductible_cents, sum(coinsurance_cents)::bigint as coinsurance_cents,
        bool_and(is_denied) as is_denied
    from settled_line group by i, key
)
select i, 'PB' as prefix, key, 0 as half, kind, 0 as stay, claim_class,
    case claim_class when 'PART_B' then '71' when 'OUTPATIENT' then '40' when 'DME' then '81' else '01' end as claim_type_code,
    from_date, from_date as thru_date, null::date as admission_date, null::date as discharge_date,
    null::varchar as discharge_status, null::varchar as admission_type, null::varchar as admission_source,
    case when claim_class = 'OUTPATIENT' then among('outpatient hospital', i, key, 6) end as hospital, null::varchar as ccn,
    case when claim_class = 'OUTPATIENT' then '131' end as bill_type, null::varchar as drg,
    standard_cents, allowed_cents, deductible_cents, coinsurance_cents, is_denied, fate_of(i, key) as fate
from summed
union all
select i, kind, key, half, 100, coalesce(stay, 0), claim_class, claim_type_code, from_date, thru_date, admission_date,
    discharge_date, status, admission_type, source, hospital, ccn, bill_type, drg,
    standard_cents, allowed_cents, deductible_cents, coinsurance_cents, false, fate_of(i, key * 2 + half)
from institutional_claim;
