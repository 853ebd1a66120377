-- Events: one claim each. What a person's year holds by illness, and what goes with each stay.
create table event as
with planned as (
    select h.i, h.habit, h.has, h.entry_date, h.death_date, h.ma_from, h.ma_to, h.home_place, h.second_place, h.third_place,
        k.kind, k.pool, y, case y when 0 then h.shock0 else h.shock1 end as shock,
        h.use_effect * h.cost_effect * case y when 0 then prior_year_share() else 1.0 end
          * case when k.pool = 'primary' and k.place = '11' then case h.habit when 'none' then 0 when 'specialists' then 0 else 1.0 / h.cost_effect end else 1 end
          * (1 - k.dispersion + k.dispersion * -ln(u('spread', h.i, k.kind * 2 + y)))
          * (k.rate + k.burden * h.burden * case y when 0 then h.shock0 else h.shock1 end
             + case when k.condition is not null and list_contains(h.has, k.condition) then k.condition_rate else 0 end) as mean_events
    from health h, service k, range(2) t(y)
    where k.kind < 64 and not h.only_a and not h.is_abroad
),
counted as (
    select * replace (case when habit = 'tied' and kind = 1 then 4.0 when habit = 'tied' and kind in (2, 35, 36) then 0.0 else mean_events end as mean_events)
    from planned
),
listed as (
    select i, habit, kind, pool, y, n, y * 512 + n as turn, home_place, second_place, third_place,
        (jan1(performance_year() - 1 + y) + among('on', i, kind * 1024 + y * 512 + n, 365)::int) as day,
        entry_date, death_date, ma_from, ma_to, kind * 1024 + y * 512 + n as key, null::date as until
    from counted, unnest(range(least(60, floor(mean_events + u('count', i, kind * 2 + y)))::bigint)) t(n)
),
with_stays as (
    select i, habit, kind, pool, y, n, turn, home_place, second_place, third_place, day, entry_date, death_date, ma_from, ma_to, key from listed
    union all
    select s.i, h.habit, d.kind, k.pool, s.y, 0, d.turn, h.home_place, h.second_place, h.third_place, d.day, h.entry_date, h.death_date, h.ma_from, h.ma_to,
        d.kind * 1024 + d.turn
    from (
        select *, row_number() over (partition by i order by admitted, key, half) - 1 as nth from hospital_stay
    ) s
    join health h using (i),
    lateral (
        select unnest(
            case when s.surgical = 'no' and s.half = 0 then [struct_pack(kind := 64, turn := s.nth * 40, day := s.admitted)] else [] end
            || [struct_pack(kind := 65, turn := s.nth * 40, day := s.admitted)]
            || list_transform(range(least(20, s.left_on - s.admitted - 1)), lambda d: struct_pack(kind := 66, turn := s.nth * 40 + d, day := s.admitted + 1 + d::int))
            || case when not s.died and s.left_on > s.admitted then [struct_pack(kind := 67, turn := s.nth * 40, day := s.left_on)] else [] end
            || case when s.surgical = 'yes' then [struct_pack(kind := 68, turn := s.nth * 40, day := s.admitted), struct_pack(kind := 69, turn := s.nth * 40, day := s.admitted)] else [] end
            || case when s.course in ('cardiac', 'stroke') then [struct_pack(kind := 70, turn := s.nth * 40, day := s.admitted)] else [] end
            || [struct_pack(kind := 71, turn := s.nth * 40, day := s.admitted)]
            || case when s.status in ('01', '06') and h.habit not in ('none', 'specialists', 'tied') and u('follow-up', s.key, 0) < 0.62
                 then [struct_pack(kind := 73, turn := s.nth * 40, day := s.left_on + 2 + among('follow-up day', s.key, 0, 20)::int)] else [] end
            || case when s.status = '03' then [struct_pack(kind := 72, turn := s.nth * 40, day := s.left_on + 2), struct_pack(kind := 72, turn := s.nth * 40 + 1, day := s.left_on + 12)] else [] end
        ) as d
    ) x(d)
    join service k on k.kind = d.kind
    where not h.only_a
)
select *, claim_number('PB', i, key) as claim_id, 'B' || lpad((i + 1)::varchar, 8, '0') as beneficiary_id
from with_stays
where day < jan1(performance_year() + 1) and covered(day, entry_date, death_date, ma_from, ma_to);

-- who did it: the home practice for most primary care, and for the rest one the person stays with
create table attended as
with drawn as (
    select e.*, n.places, case
        when e.pool = 'primary' then case
            when habit = 'tied' then case when n % 2 = 0 then home_place else second_place end
            when u('where', e.i, e.key) < case habit when 'contested' then 0.52 when 'mostly' then 0.80 else 0.95 end then home_place
            when u('where', e.i, e.key) < case habit when 'contested' then 0.90 else 0.985 end then second_place else third_place end
        when e.pool in ('facility', 'lab', 'hospital') or u('where', e.i, e.key) < 0.80 then among('usual ' , e.i, e.kind, n.places)
        else among('other', e.i, e.key, n.places) end as drawn_place
    from event e join pool_size n using (pool)
),
placed as (
    select d.*, s.practice_id, s.tin, s.npi, s.specialty
    from drawn d join slot s on s.pool = d.pool and s.place = d.drawn_place
)
select p.* exclude (tin, npi, specialty, places, drawn_place), p.tin,
    coalesce(c.npi, p.npi) as npi, coalesce(c.specialty, p.specialty) as specialty,
    case when coalesce(c.specialty, p.specialty) in ('50', '97', '89') and p.habit <> 'tied' then 0.85 else 1.0 end as rate_factor,
    coalesce(u('assigned', p.i, p.key) >= 0.03, true) as is_assigned
from placed p
left join (select practice_id, max(colleagues) as colleagues from colleague group by practice_id) g
  on g.practice_id = p.practice_id and p.pool = 'primary' and u('colleague', p.i, p.key) < 0.35
left join colleague c on c.practice_id = g.practice_id and c.place = among('which colleague', p.i, p.key, g.colleagues);
