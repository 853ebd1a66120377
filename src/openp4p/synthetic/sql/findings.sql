-- What this market came to: sums by practice, all of them whole numbers, for the page of targets.
-- Attribution, episodes and readmissions are near the program's rules, not the rules themselves.
create table counted_person as
select i, 12 - greatest(0, entry_month - 12)
        - case when death_date >= jan1(performance_year()) then 11 - (month_index(death_date) - 12) else 0 end as months,
    mask
from health
where not only_a and not only_b and not is_abroad and not (ma_from <= 23 and ma_to >= 12) and entry_month <= 23
    and (death_date is null or death_date >= jan1(performance_year()));

create table charge as
select i, tin, case when k.pool = 'primary' then 1 else 2 end as step, sum(allowed_cents) as cents, max(day) as latest
from settled_line l join service k using (kind) join counted_person using (i)
where y = 1 and l.claim_class = 'PART_B' and not is_denied
    and (substr(hcpcs_code, 1, 4) in ('9920', '9921', '9930', '9931', '9934', '9935') or hcpcs_code in ('G0402', 'G0438', 'G0439'))
group by all;

create table ranked_charge as
select *, row_number() over (partition by i order by step, cents desc, latest desc, tin) as place from charge;

create table home_practice as select i, tin from ranked_charge where place = 1;

create table person_cost as
with dollars as (
    select i, standard_cents from whole_claim
    where from_date >= jan1(performance_year()) and claim_class <> 'PDE' and fate <> 2 and not is_denied
),
summed as (select i, sum(standard_cents)::bigint as cents from dollars group by i)
select i, tin, months, mask, round(coalesce(cents, 0) / 100.0 * 12 / greatest(1, months))::bigint as cost,
    round(risk_of(i, 1, h.years, h.burden, coalesce(score, 0)) * 1000)::bigint as risk
from home_practice join counted_person using (i) join health h using (i, mask) left join summed using (i)
left join (select i, sum(round(score * 100)::bigint) / 100.0 as score from person_condition group by i) using (i);

create table index_stay as
select s.i, s.key, s.half, s.y, s.admitted, s.left_on, s.status, s.course, k.cause, h.tin,
    lead(s.admitted) over later as next_admitted, lead(s.course) over later as next_course
from hospital_stay s join stay_kind k using (stay) left join home_practice h using (i)
window later as (partition by s.i order by s.admitted, s.key, s.half);

-- from three days before a stay to thirty after it, at the practice that billed most during it
create table episode as
with held as (
    select i, key, course, admitted, left_on from index_stay
    where half = 0 and status <> '20' and admitted >= jan1(performance_year())
        and left_on <= make_date(performance_year(), 12, 1)
),
spent as (
    select h.i, h.key, any_value(h.course) as course, sum(c.standard_cents)::bigint as cents
    from held h join whole_claim c on c.i = h.i
        and c.from_date >= h.admitted - 3 and c.from_date <= h.left_on + 30
    where c.claim_class <> 'PDE' and c.fate <> 2 and not c.is_denied
    group by h.i, h.key
),
billed as (
    select h.i, h.key, l.tin, sum(l.allowed_cents) as cents
    from held h join settled_line l on l.i = h.i and l.day >= h.admitted and l.day <= h.left_on
    where l.claim_class = 'PART_B' and l.tin is not null
    group by h.i, h.key, l.tin
),
ranked as (select *, row_number() over (partition by i, key order by cents desc, tin) as place from billed),
usual as (select course, (sum(cents) / count(*))::bigint as cents from spent group by course)
select r.tin, s.cents // 100 as observed, u.cents // 100 as expected
from spent s join ranked r using (i, key) join usual u using (course) where r.place = 1;

create table found_practice as
with stays as (
    select tin,
        count(*) filter (cause in ('pneumonia', 'urinary', 'dehydration')) as acute,
        count(*) filter (cause in ('diabetes', 'copd', 'heart_failure')) as chronic,
        count(*) filter (status not in ('20', '02', '07') and left_on <= make_date(performance_year(), 12, 1)) as discharges,
        count(*) filter (status not in ('20', '02', '07') and left_on <= make_date(performance_year(), 12, 1)
            and next_admitted - left_on between 0 and 30 and next_course <> 'planned') as returns
    from index_stay where y = 1 and tin is not null and half = 0 group by tin
),
people as (
    select tin, count(*) as people, sum(cost)::bigint as cost, sum(risk)::bigint as risk,
        sum((mask >> 1) & 1)::bigint + sum(((mask >> 3) | (mask >> 4)) & 1)::bigint + sum((mask >> 5) & 1)::bigint as chronic_people
    from person_cost group by tin
)
select p.tin, people, cost, risk, chronic_people, coalesce(acute, 0) as acute, coalesce(chronic, 0) as chronic,
    coalesce(discharges, 0) as discharges, coalesce(returns, 0) as returns
from people p left join stays using (tin) order by p.tin;

create table found_people as
select count(*) as n, sum(risk)::hugeint as x, sum(cost)::hugeint as y, sum(risk * risk)::hugeint as xx,
    sum(risk * cost)::hugeint as xy, sum(cost::hugeint * cost) as yy
from person_cost;

create table found_episode as
select tin, count(*) as episodes, sum(observed)::bigint as observed, sum(expected)::bigint as expected
from episode group by tin order by tin;

create table found_lines as
select count(*) filter (claim_class = 'PART_B' and y = 1) as professional, count(*) filter (claim_class = 'PART_B') as professional_both,
    count(*) as lines from settled_line;

create table found_feature as
with runner_up as (
    select a.cents as first_cents, b.cents as second_cents from ranked_charge a join ranked_charge b using (i, step)
    where a.place = 1 and b.place = 2
),
risky as (
    select quantile_disc(risk, 0.75) as threshold from person_cost
)
select * from (values
    (1, 'people', 'who die in the two years', (select count(*) from person where death_date is not null)),
    (2, 'people', 'who join after the first month', (select count(*) from person where entry_month > 0)),
    (3, 'people', 'with months in Medicare Advantage', (select count(*) from person where ma_to >= 0)),
    (4, 'people', 'with Part A or Part B alone', (select count(*) from person where only_a or only_b)),
    (5, 'people', 'who live outside the US', (select count(*) from person where is_abroad)),
    (6, 'people', 'with Medicaid as well', (select count(*) from person where dual)),
    (7, 'people', 'with end-stage renal disease', (select count(*) from person where esrd)),
    (8, 'people', 'whom two practices contest (the second charges at least 80% of the first)',
        (select count(*) from runner_up where second_cents >= 0.8 * first_cents)),
    (9, 'people', 'of whom exactly tied, to the cent', (select count(*) from runner_up where second_cents = first_cents)),
    (10, 'stays', 'in an acute hospital', (select count(*) from hospital_stay)),
    (11, 'stays', 'of whom transferred to another hospital', (select count(*) from hospital_stay where half = 1)),
    (12, 'claims', 'that a later one adjusts', (select count(*) from whole_claim where fate = 1)),
    (13, 'claims', 'that are taken back', (select count(*) from whole_claim where fate = 2)),
    (14, 'claims', 'that are taken back and billed again', (select count(*) from whole_claim where fate = 3)),
    (15, 'lines', 'that are denied', (select count(*) from settled_line where is_denied)),
    (16, 'practices', 'of one professional', (select count(*) from practice where size = 1)),
    (17, 'practices', 'of 2 to 9', (select count(*) from practice where size between 2 and 9)),
    (18, 'practices', 'of 10 to 99', (select count(*) from practice where size between 10 and 99)),
    (19, 'practices', 'of 100 and more', (select count(*) from practice where size >= 100)),
    (20, 'practices', 'in an accountable care organisation or another model', (select count(*) from entity)),
    (21, 'practices', 'that report quality as a group', (select count(*) from reporter where way = 'group')),
    (22, 'practices', 'whose professionals report', (select count(*) from reporter where way = 'individual')),
    (23, 'practices', 'that do not report', (select count(*) from reporter where way = 'none')),
    (24, 'practices', 'with a patient survey (CAHPS)',
        (select count(distinct who) from surveyed where entity_id is null and who < 900000)),
    (25, 'practices', 'at high risk (mean score at or above the 75th percentile of people)',
        (select count(*) from found_practice, risky where risk >= threshold * people))
) t(place, what, which, n) order by place;
