-- The practices of one market and the clinicians in them. The k-th largest of n practices has about
-- (k/n)^-0.9 professionals: half are solo, a few are very large.
create table practice as
with ranked as (
    select j, market() * 1000 + j as practice_id, (j + 0.5) / practices() as q
    from range(practices()) t(j)
),
sized as (
    select *,
        least(700, greatest(1, floor(
            power(q, -0.9) * exp(0.30 * z('size', practice_id))
            * case when j = 0 and u('giant', market(), 0) < 0.12 then 4 else 1 end
        )))::bigint as drawn
    from ranked
),
placed as (
    -- the second-largest of every second market is an exemplary one
    select *, case when j = 0 then greatest(44, drawn) when j = 5 then greatest(12, drawn) else drawn end as size,
        j = 1 and market() % 2 = 0 as is_exemplary,
        u('kind', practice_id, 0) as uk
    from sized
),
kinds as (
    select *, case
        when j = 0 or is_exemplary then 'multi'
        -- in every market one that is in an ACO
        when j in (2, 5) then 'primary'
        when size >= 20 then case when uk < 0.60 then 'multi' when uk < 0.82 then 'primary' else 'hospital_based' end
        when size >= 4 then case when uk < 0.42 then 'primary' when uk < 0.54 then 'multi' when uk < 0.60 then 'np_led'
            when uk < 0.84 then 'specialty' when uk < 0.93 then 'hospital_based' else 'therapy' end
        else case when uk < 0.34 then 'primary' when uk < 0.39 then 'np_led' when uk < 0.88 then 'specialty'
            when uk < 0.91 then 'hospital_based' else 'therapy' end
    end as kind
    from placed
),
singles as (
    select specialty, pool, is_therapy,
        sum(single_weight) over w - single_weight as low_end,
        sum(single_weight) over w as high_end,
        sum(single_weight) over (partition by is_therapy) as total
    from specialty window w as (partition by is_therapy order by specialty, pool)
)
select k.practice_id, k.j, k.kind, k.size, tin_of(k.practice_id) as tin,
    s.specialty as single_specialty, s.pool as single_pool,
    exp(0.17 * z('cost', practice_id) / (1 + size / 30.0)) * case when u('dear', practice_id, 0) < 0.06 then 2.3
        when u('dear', practice_id, 0) < 0.17 then 1.5 else 0.91 end as cost_effect,
    exp(0.15 * z('admissions', practice_id) / (1 + size / 30.0)) as admission_effect,
    exp(0.05 * z('readmissions', practice_id)) as readmission_effect,
    exp(0.16 * z('panel', practice_id) / (1 + size / 30.0)) * case when j % 9 = 4 then 1.6 else 1 end as panel_effect,
    case when k.is_exemplary then 4.5 else z('quality', practice_id) end as quality_effect,
    case when k.is_exemplary then 0.3 else u('reports', practice_id, 0) end as reports,
    u('unlisted', practice_id, 0) < 0.03 and j > 0 as is_unlisted,
    case when k.kind in ('hospital_based', 'therapy') or j in (0, 5) or is_exemplary then null
         when j = 2 or u('aco', practice_id, 0) < 0.16 then 'mssp'
         when u('aco', practice_id, 0) < 0.19 then 'pioneer'
         when u('aco', practice_id, 0) < 0.22 then 'cpc' end as model
from kinds k join singles s
  on s.is_therapy = (k.kind = 'therapy')
 and u('specialty', k.practice_id, 0) * s.total >= s.low_end and u('specialty', k.practice_id, 0) * s.total < s.high_end;

create table clinician as
with member as (
    select p.*, m, p.practice_id * 1000 + m as clinician_id, u('member', p.practice_id * 1000 + m, 0) as um
    from practice p, unnest(range(p.size)) t(m)
),
typed as (
    select member.*, case member.kind
        when 'primary' then case when m = 0 then case when um < 0.5 then '08' when um < 0.93 then '11' when um < 0.97 then '38' else '01' end
            when um < 0.38 then '08' when um < 0.68 then '11' when um < 0.86 then '50' when um < 0.97 then '97' else '38' end
        when 'np_led' then case when um < 0.70 then '50' when um < 0.93 then '97' else '89' end
        when 'multi' then r.specialty
        when 'hospital_based' then (['30', '93', '05', '22', '11', '11'])[1 + among('hospital kind', practice_id, 0, 6)]
        else case when m > 0 and um < 0.22 and member.kind = 'specialty' then case when um < 0.12 then '97' else '50' end
            else single_specialty end
    end as specialty, case member.kind
        when 'primary' then 'primary' when 'np_led' then 'primary' when 'multi' then r.pool
        when 'hospital_based' then (['30', '93', '05', '22', 'hospital', 'hospital'])[1 + among('hospital kind', practice_id, 0, 6)]
        else single_pool
    end as pool
    from member left join roster r on r.member = case when m < 40 then m
        else ([0, 1, 3, 7, 20, 29, 5, 2, 36, 27, 11, 33, 12, 6])[1 + among('later member', clinician_id, 0, 14)] end
),
helped as (
    -- anaesthetists, emergency and hospital groups have nurses and assistants among them
    select * replace (case
        when kind = 'hospital_based' and m > 0 and um < 0.3 and specialty = '05' then '43'
        when kind = 'hospital_based' and m > 0 and um < 0.3 and specialty in ('93', '11') then '97'
        else specialty end as specialty)
    from typed
)
select practice_id, m, clinician_id, tin, kind, specialty, pool,
    -- a few who have their own practice also work for the largest
    npi_of(case when size = 1 and u('second job', clinician_id, 0) < 0.04 and pool = 'primary'
        then market() * 1000000 else clinician_id end) as npi,
    m = 0 or u('bills', clinician_id, 0) < 0.94 as bills,
    not is_unlisted and (u('listed', clinician_id, 0) < 0.95 or m = 0) as is_listed,
    u('listed', clinician_id, 1) < 0.03 and m > 0 as has_left,
    case when specialty in ('50', '97', '89') then 2 else 3 end + among('busy', clinician_id, 0, 4) as weight,
    u('satisfactory', clinician_id, 0) as satisfactory
from helped;

create table supplier as
select * from (values
    ('lab', 990, '69'), ('lab', 991, '69'), ('ambulance', 992, '59'), ('asc', 993, '49'),
    ('asc', 994, '49'), ('roster', 995, '73'), ('equipment', 996, 'A5'), ('equipment', 997, '54'),
    ('pharmacy', 998, 'A5')
) t(pool, j, specialty);

-- who may be drawn for a kind of service, as often as he is busy
create table slot as
with entry as (
    select pool, practice_id, m, tin, npi, specialty, weight from clinician where bills
    union all
    select case when pool = '20' then 'surgery' when pool = '02' then 'surgery' end, practice_id, m, tin, npi, specialty, weight
    from clinician where bills and pool in ('20', '02') and specialty in ('20', '02')
    union all
    select pool, market() * 1000 + j, 0, tin_of(market() * 1000 + j), npi_of((market() * 1000 + j) * 1000),
        specialty, 1
    from supplier
    union all
    select 'facility', f, 0, null, null, null, 1 from range(6) t(f)
)
select pool, row_number() over (partition by pool order by practice_id, m, w) - 1 as place,
    practice_id, m, tin, npi, specialty
from entry, unnest(range(weight)) t(w);

create table pool_size as select pool, count(*) as places from slot group by pool;

create table colleague as
select practice_id, row_number() over (partition by practice_id order by m) - 1 as place, tin, npi, specialty,
    count(*) over (partition by practice_id) as colleagues
from clinician where bills and pool = 'primary';
