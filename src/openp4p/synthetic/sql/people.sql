-- The people of one market: age, illness, practice, coverage, death.
create table person as
with base as (
    select first_person() + k as i,
        u('age', first_person() + k, 0) as ua, u('age', first_person() + k, 1) as ub,
        case when u('sex', first_person() + k, 0) < 0.45 then '1' else '2' end as sex
    from range(people()) t(k)
),
aged as (
    select *, case
        when ua < 0.155 then 30 + 34.9 * sqrt(ub)
        when ua < 0.37 then 65 + 5 * ub when ua < 0.56 then 70 + 5 * ub
        when ua < 0.71 then 75 + 5 * ub when ua < 0.84 then 80 + 5 * ub
        when ua < 0.94 then 85 + 5 * ub else 90 + 9 * ub end as years
    from base
),
homed as (
    select a.*, among('home', i, 1, n.places) as home_place, among('home', i, 2, n.places) as second_place,
        among('home', i, 3, n.places) as third_place,
        case when u('habit', i, 0) < 0.05 then 'none' when u('habit', i, 0) < 0.12 then 'specialists'
             when u('habit', i, 0) < 0.135 then 'tied' when u('habit', i, 0) < 0.30 then 'contested'
             when u('habit', i, 0) < 0.55 then 'mostly' else 'loyal' end as habit
    from aged a, pool_size n where n.pool = 'primary'
),
ill as (
    select h.*, s.practice_id as home, p.cost_effect, p.admission_effect, p.readmission_effect,
        exp(0.75 * z('illness', i) - 0.28) * case when habit = 'none' then 0.5 else p.panel_effect end as burden,
        exp(0.55 * z('year', i * 2) - 0.15) as shock0, exp(0.55 * z('year', i * 2 + 1) - 0.15) as shock1,
        greatest(-1.5, (years - 74) / 10.0) as decades
    from homed h join slot s on s.pool = 'primary' and s.place = h.home_place
    join practice p on p.practice_id = s.practice_id
),
sick as (
    select i.*, u('esrd', i.i, 0) < 0.007 * least(3, burden) as esrd,
        u('institution', i.i, 0) < 0.02 * least(4, burden) * exp(0.6 * decades) as institution,
        u('dual', i.i, 0) < case when years < 65 then 0.42 else 0.12 end * least(1.6, 0.6 + 0.4 * burden) as dual
    from ill i
),
fated as (
    select *,
        least(0.6, 0.030 * power(burden, 0.9) * exp(0.55 * decades)) as hazard,
        u('death', i, 0) as ud, u('entry', i, 0) as ue, u('cover', i, 0) as uc
    from sick
),
dated as (
    select *,
        case when ue < 0.035 and habit <> 'none' then 13 + among('entry', i, 1, 11)
             when ue < 0.070 then 1 + among('entry', i, 1, 11) else 0 end as entry_month,
        case when ud < hazard then jan1(performance_year() - 1) + among('death day', i, 0, 365)::int
             when ud < 2 * hazard then jan1(performance_year()) + among('death day', i, 0, 365)::int end as drawn_death,
        case when uc < 0.012 then 0 when uc < 0.028 then 12 + among('plan', i, 0, 9) when uc < 0.036 then 3 else 99 end as ma_from,
        case when uc < 0.012 then 23 when uc < 0.028 then 23 when uc < 0.036 then 9 else -1 end as ma_to,
        uc >= 0.04 and uc < 0.052 as only_a, uc >= 0.06 and uc < 0.064 as only_b,
        u('abroad', i, 0) < 0.004 as is_abroad
    from fated
)
select *, 'B' || lpad((i + 1)::varchar, 8, '0') as beneficiary_id,
    -- nobody dies before coverage begins
    case when drawn_death >= jan1(performance_year() - 1) + (entry_month * 31)::int or entry_month = 0 then drawn_death end as death_date,
    case when ue < 0.070 and years >= 65 then jan1(performance_year()) - (65 * 365.25)::int + among('birth', i, 0, 300)::int - case when entry_month < 12 then 365 else 0 end
         else jan1(performance_year()) - (years * 365.25)::int end as birth_date,
    jan1(performance_year() - 1) + (entry_month * 30.44)::int as entry_date
from dated;

create table person_condition as
select p.i, c.condition_id, c.condition, c.score,
    1 + among('variant', p.i, c.condition_id, c.variants) as variant
from person p, condition c
where case c.condition when 'esrd' then p.esrd when 'institution' then p.institution
    else u('condition', p.i, c.condition_id) < least(0.92, c.share * exp(c.aging * p.decades * 0.8) * (1 - c.burden + c.burden * least(4, p.burden))) end;

create table health as
select p.*, coalesce(k.has, []::varchar[]) as has, coalesce(k.ids, []::bigint[]) as ids, coalesce(k.mask, 0) as mask,
    case p.habit when 'none' then 0.25 else 1 end as use_effect
from person p left join (
    select i, list(condition order by condition_id) as has, list(condition_id order by condition_id) as ids,
        sum(1::bigint << condition_id)::bigint as mask
    from person_condition where condition_id < 30 and condition <> 'institution' or condition = 'institution' group by i
) k using (i);

-- the score that a risk model would give: age, the conditions listed, those that are not, and chance
create macro risk_of(i, y, years, burden, score) as
    (0.22 + 0.10 * greatest(-1.0, (years - 74) / 10.0) + 0.6 * score + risk_of_burden() * burden)
    * exp(0.24 * z('score', i * 2 + y));
