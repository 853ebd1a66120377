-- The roster, and what practices reported, elected and took part in.
create view provider_enrollment as
select tin, npi, min(specialty) as specialty_primary, null::varchar as specialty_secondary,
    case when min(specialty) in ('50', '97', '89', '43', '42', '80', '68') then 'practitioner'
         when min(specialty) in ('65', '67', '64') then 'therapist' else 'physician' end as provider_kind,
    min(make_date((2004 + among('since', clinician_id, 0, 10))::int, (1 + among('since', clinician_id, 1, 12))::int, 1)) as reassignment_start,
    max(case when has_left then make_date(performance_year(), (3 + among('left', clinician_id, 0, 9))::int, 1) end) as reassignment_end,
    make_date(performance_year(), 10, 15) as roster_date
from clinician where is_listed group by tin, npi;

create table entity as
-- two or three practices of a market make an ACO
select practice_id, tin, model, case model when 'mssp' then 'A' when 'pioneer' then 'P' else 'C' end
    || lpad((1000 + market() * 10 + case model when 'mssp' then practice_id % 2 else 0 end)::varchar, 5, '0') as entity_id
from practice where model is not null;

create view model_participation as
select tin, null::varchar as npi, model, entity_id, performance_year() - 1 + y as performance_year,
    u('entity reports', market() * 10 + ascii(right(entity_id, 1)), 0) < 0.93 as entity_reported
from entity, range(2) t(y);

create table reporter as
-- larger practices report more often, most of them as a group
select p.*, e.model is not null as in_model, case
    when e.model = 'mssp' then 'aco'
    when reports < (case when size >= 25 then 0.62 when size >= 10 then 0.50 when size >= 3 then 0.28 when size = 2 then 0.10 else 0 end) then 'group'
    when reports < (case when size >= 25 then 0.90 when size >= 10 then 0.82 when size >= 3 then 0.66 else 0.58 end) then 'individual'
    else 'none' end as way,
    (['registry', 'ehr', 'gpro_web_interface', 'qcdr', 'registry'])[1 + among('way', p.practice_id, 0, 5)] as group_mechanism
from practice p left join entity e using (practice_id);

create view pqrs_success as
select tin, null::varchar as npi, performance_year() - 1 + y as performance_year, group_mechanism as mechanism,
    u('group met', practice_id * 2 + y, 0) < 0.95 as is_satisfactory
from reporter, range(2) t(y) where way = 'group'
union all
select c.tin, c.npi, performance_year() - 1 + y, (['claims', 'registry', 'ehr'])[1 + among('own way', c.clinician_id, 0, 3)],
    c.satisfactory < case r.way when 'individual' then 0.88 else 0.12 end
from clinician c join reporter r using (practice_id), range(2) t(y)
where r.way = 'individual' or (r.way = 'none' and c.satisfactory < 0.16);

create table measured as
-- which measures a practice chose: those of its kind first
select r.practice_id, r.tin, r.size, r.way, r.kind, r.group_mechanism, r.quality_effect, q.measure, q.mean, q.spread, q.better
from reporter r, quality_measure q
where r.way in ('group', 'individual')
  and u('takes', r.practice_id, q.measure::int) < case
    when q.taken_by = 'any' then 0.55
    when q.taken_by = 'primary' and r.kind in ('primary', 'multi', 'np_led') then 0.55
    when q.taken_by = 'cardiac' and (r.single_specialty = '06' and r.kind = 'specialty' or r.kind = 'multi') then 0.6
    else 0.04 end;

-- most practices do well and near alike, a few do badly: mean 0, deviation 1, at most 0.5; only the
-- exemplary reach further
create macro skewed(latent) as (2.328 - exp(-1.3 * latent)) / 4.894 + 0.4 * greatest(0.0, latent - 2.6);

-- whose rate it is: a practice, an ACO that reports for all its practices, or a practice of another
-- place that reported the year before and is not in these claims: a peer of a benchmark
create table rated as
select practice_id as who, tin, null::varchar as entity_id, way, measure, mean, spread, better, quality_effect as effect from measured
union all
select 800000000 + market() * 100 + ascii(right(entity_id, 1)), null, entity_id, 'aco', measure, mean, spread, better, 0.4
from (select distinct entity_id from entity where model = 'mssp'), quality_measure
where taken_by = 'primary' or measure in ('128', '226', '317')
union all
select 900000000 + e, tin_of(900000 + e), null, 'peer', measure, mean, spread, better, z('peer quality', e)
from range(case when market() = 0 then 40 else 0 end) t(e), quality_measure;

create table latent_rate as
select *, measure::int as number,
    quality_share() * effect + sqrt(1 - quality_share() * quality_share()) * zz('rate', who, measure::int) as latent
from rated;

create table reported_rate as
select *, least(0.995, greatest(0.005, mean + spread * better * skewed(latent))) as true_rate from latent_rate;

create table sent as
select r.who as reporter, r.tin, null::varchar as npi, r.entity_id, p.group_mechanism as mechanism, measure, number, true_rate, y,
    greatest(8, floor(28 * power(p.size, 0.75) * exp(0.5 * zz('eligible', who, number))))::bigint as eligible, 3 as left_out
from reported_rate r join reporter p on p.practice_id = r.who, range(2) t(y) where r.way = 'group'
union all
select c.clinician_id, r.tin, c.npi, null, (['claims', 'registry', 'ehr'])[1 + among('own way', c.clinician_id, 0, 3)],
    measure, number, true_rate, y,
    greatest(5, floor(100 * exp(0.5 * zz('own eligible', c.clinician_id, number))))::bigint, 3
from reported_rate r join reporter p on p.practice_id = r.who
join clinician c on c.practice_id = r.who and c.bills, range(2) t(y)
where r.way = 'individual' and u('reports it', c.clinician_id, number) < case when p.size = 1 then 1 else 0.7 end
union all
select who, null, null, entity_id, 'gpro_web_interface', measure, number, true_rate, y, 411, 1
from reported_rate, range(2) t(y) where way = 'aco'
union all
select who, tin, null, null, 'registry', measure, number, true_rate, 0, 120, 1 from reported_rate where way = 'peer';

create table answered as
select *, among('exclusions', reporter, number * 2 + y, left_out) as exclusions,
    case when left_out > 1 and u('exceptions', reporter, number * 2 + y) < 0.3 then 1 else 0 end as exceptions,
    zz('met', reporter, number * 2 + y) as luck
from sent;

create table counted_answer as
select *, eligible - exclusions - exceptions as counted from answered;

create view quality_result as
with answered_well as (
    select *, least(counted, greatest(0, round(counted * true_rate + sqrt(counted * true_rate * (1 - true_rate)) * luck)))::bigint as met
    from counted_answer
)
select tin, npi, entity_id, performance_year() - 1 + y as performance_year, mechanism, measure, null::varchar as stratum,
    eligible, exclusions, exceptions, met, counted - met as not_met, null::double as rate_reported
from answered_well;

create table surveyed as
select tin, null::varchar as entity_id, practice_id as who, quality_effect as effect, 120 + among('surveys', practice_id, 0, 180) as cases, y
from reporter, range(2) t(y) where way = 'group' and size >= 12 and u('survey', practice_id, 0) < 0.6
union all
select null, entity_id, market() * 10 + ascii(right(entity_id, 1)) + 500000, 0.3, 300, y
from (select distinct entity_id from entity where model = 'mssp'), range(2) t(y)
union all
select tin_of(900000 + e), null, 900000 + e, z('peer quality', e), 200, 0 from range(case when market() = 0 then 40 else 0 end) t(e);

create view cahps_result as
select tin, entity_id, performance_year() - 1 + y as performance_year, measure, cases::bigint as cases,
    round(least(99.5, greatest(1.0, mean + spread * (0.5 * effect + 0.8 * zz('survey', who, number)) + person_spread / sqrt(cases) * zz('answers', who, number * 2 + y))), 2) as mean_score,
    person_spread::double as standard_deviation
from surveyed, survey_measure;

create view practice_election as
select tin, performance_year() as performance_year, u('elects', practice_id, 0) < 0.75 as elects_quality_tiering,
    way = 'none' and u('elects', practice_id, 1) < 0.2 as elects_administrative_claims,
    way = 'group' and size >= 12 and u('survey', practice_id, 0) < 0.6 as elects_cahps
from reporter where size >= 10 or u('elects', practice_id, 2) < 0.3;

-- who enrols in a voluntary program: most do in time, a few too late, a few withdraw, the others never answer
create view participation as
with asked as (select tin, practice_id, u('enrols', practice_id, 0) as answer from practice)
select tin,
    case when answer < 0.72 then make_date(performance_year() - 1, 12, 1) else make_date(performance_year(), 3, 1) end as participates_from,
    case when answer >= 0.66 and answer < 0.72 then make_date(performance_year(), 8, 31) end as participates_to
from asked where answer < 0.76;
