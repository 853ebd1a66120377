-- Services: one claim each. What a person's year holds by illness, and what goes with each stay.
create table event as
with planned as (
    select h.*, k.kind, k.pool, y,
        case
            -- ties are made of visits alone
            when h.habit = 'tied' and k.kind = 1 then 4.0
            when h.habit = 'tied' and k.kind in (2, 35, 36) then 0.0
            else h.use_effect * h.cost_effect * case y when 0 then prior_year_share() else 1.0 end
                * case when k.claim_class = 'PART_B' and k.pool <> 'primary' then service_level() else 1.0 end
                * case when k.pool <> 'primary' then services() else 1.0 end
                * case when k.pool = 'primary' and k.place = '11'
                    then case when h.habit in ('none', 'specialists') then 0 else 1.0 / h.cost_effect end
                    else 1 end
                * (1 - k.dispersion + k.dispersion * -ln(u('spread', h.i, k.kind * 2 + y)))
                * (k.rate + k.burden * h.burden * case y when 0 then h.shock0 else h.shock1 end
                    + case when (h.mask & k.mask) <> 0 then k.condition_rate else 0 end)
        end as mean_events
    from health h, (
        select s.*, coalesce(1::bigint << c.condition_id, 0)::bigint as mask
        from service s left join condition c on c.condition = s.condition and s.condition <> ''
        where s.kind < 64
    ) k, range(2) t(y)
    where not h.only_a and not h.is_abroad
),
counted as (
    select *, least(60, floor(mean_events + u('count', i, kind * 2 + y)))::bigint as events from planned
),
numbered as (
    select i, habit, kind, pool, y, home_place, second_place, third_place, entry_date, death_date, ma_from, ma_to,
        unnest(range(events)) as n
    from counted where events > 0
),
listed as (
    select * exclude (n), n, y * 512 + n as turn, kind * 1024 + y * 512 + n as key,
        jan1(performance_year() - 1 + y) + among('on', i, kind * 1024 + y * 512 + n, 365)::int as day
    from numbered
),
around_stay as (
    select s.i, h.habit, s.y, h.home_place, h.second_place, h.third_place, h.entry_date, h.death_date, h.ma_from, h.ma_to,
        unnest(
            case when s.surgical = 'no' and s.half = 0
                then [struct_pack(kind := 64, turn := s.nth * 40, day := s.admitted)] else [] end
            || [struct_pack(kind := 65, turn := s.nth * 40, day := s.admitted)]
            || list_transform(range(least(20, s.left_on - s.admitted - 1)),
                lambda d: struct_pack(kind := 66, turn := s.nth * 40 + d, day := s.admitted + 1 + d::int))
            || case when not s.died and s.left_on > s.admitted
                then [struct_pack(kind := 67, turn := s.nth * 40, day := s.left_on)] else [] end
            || case when s.surgical = 'yes'
                then [struct_pack(kind := 68, turn := s.nth * 40, day := s.admitted),
                      struct_pack(kind := 69, turn := s.nth * 40, day := s.admitted)] else [] end
            || case when s.course in ('cardiac', 'stroke')
                then [struct_pack(kind := 70, turn := s.nth * 40, day := s.admitted)] else [] end
            || [struct_pack(kind := 71, turn := s.nth * 40, day := s.admitted)]
            || case when s.status in ('01', '06') and h.habit not in ('none', 'specialists', 'tied')
                    and u('follow-up', s.key, 0) < 0.62
                then [struct_pack(kind := 73, turn := s.nth * 40,
                    day := s.left_on + 2 + among('follow-up day', s.key, 0, 20)::int)] else [] end
            || case when s.status = '03'
                then [struct_pack(kind := 72, turn := s.nth * 40, day := s.left_on + 2),
                      struct_pack(kind := 72, turn := s.nth * 40 + 1, day := s.left_on + 12)] else [] end
        ) as d
    from (
        select *, row_number() over (partition by i order by admitted, key, half) - 1 as nth from hospital_stay
    ) s join health h using (i)
    where not h.only_a
),
together as (
    select i, habit, kind, pool, y, n, turn, key, home_place, second_place, third_place, day,
        entry_date, death_date, ma_from, ma_to
    from listed
    union all
    select i, habit, d.kind, k.pool, y, 0, d.turn, d.kind * 1024 + d.turn, home_place, second_place, third_place, d.day,
        entry_date, death_date, ma_from, ma_to
    from around_stay join service k on k.kind = d.kind
)
select * exclude (entry_date, death_date, ma_from, ma_to) from together
where day < jan1(performance_year() + 1) and covered(day, entry_date, death_date, ma_from, ma_to);

-- who did it: the home practice for most primary care, and for the rest one the person stays with
create table attended as
with drawn as (
    select e.*, n.places, case
        when e.pool = 'primary' then case
            when habit = 'tied' then case when n % 2 = 0 then home_place else second_place end
            when u('where', e.i, e.key) < case habit when 'contested' then 0.52 when 'mostly' then 0.80 else 0.95 end
                then home_place
            when u('where', e.i, e.key) < case habit when 'contested' then 0.90 else 0.985 end then second_place
            else third_place end
        when e.pool in ('facility', 'lab', 'hospital') or u('where', e.i, e.key) < 0.80
            then among('usual', e.i, e.kind, n.places)
        else among('other', e.i, e.key, n.places) end as drawn_place
    from event e join pool_size n using (pool)
),
placed as (
    select d.*, s.practice_id, s.tin, s.npi, s.specialty
    from drawn d join slot s on s.pool = d.pool and s.place = d.drawn_place
),
-- a third of the visits in primary care are to a colleague in the same practice
seen as (
    select p.* exclude (tin, npi, specialty, places, drawn_place), p.tin,
        coalesce(c.npi, p.npi) as npi, coalesce(c.specialty, p.specialty) as specialty
    from placed p
    left join (select practice_id, max(colleagues) as colleagues from colleague group by practice_id) g
        on g.practice_id = p.practice_id and p.pool = 'primary' and u('colleague', p.i, p.key) < 0.35
    left join colleague c
        on c.practice_id = g.practice_id and c.place = among('which colleague', p.i, p.key, g.colleagues)
)
select *, case when specialty in ('50', '97', '89') and habit <> 'tied' then 0.85::double else 1.0::double end as rate_factor,
    u('assigned', i, key) >= 0.03 as is_assigned
from seen;
