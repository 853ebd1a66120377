-- The canonical tables, in the order in which they are written.
create macro dollars(cents) as (cents / 100.0)::decimal(18, 2);
create macro icd_version(day) as case when day >= date '2015-10-01' then 10 else 9 end;

create view claim as
select c.claim_id || v.suffix as claim_id, beneficiary_id, claim_class, claim_type_code, from_date, thru_date,
    admission_date, discharge_date, discharge_status, admission_type, admission_source, ccn,
    case when claim_class in ('PART_B', 'DME', 'PDE') then null else coalesce(npi, npi_of(market() * 1000000 + 989000)) end as facility_npi,
    bill_type, drg,
    dollars(round(allowed_cents * share)::bigint) as allowed_amount,
    dollars(round(standard_cents * share)::bigint) as standardized_amount,
    dollars(round(allowed_cents * share)::bigint - round(deductible_cents * share)::bigint - round(coinsurance_cents * share)::bigint) as paid_amount,
    dollars(round(deductible_cents * share)::bigint) as deductible,
    dollars(round(coinsurance_cents * share)::bigint) as coinsurance,
    case when is_denied and claim_class in ('PART_B', 'DME') then '0' end as nonpayment_code,
    adjustment_type, 'C' || c.claim_id as control_number, thru_date + 14 + days_after as effective_date
from whole_claim c join version v using (claim_id);

create view claim_line as
select l.claim_id || v.suffix as claim_id, row_number() over (partition by l.i, l.key, v.suffix order by l.line) as line_number,
    l.beneficiary_id, l.claim_class, l.day as from_date, l.day as thru_date, l.hcpcs_code, nullif(l.modifier, '') as modifier_1,
    case l.claim_class when 'OUTPATIENT' then case when l.kind = 41 and l.line = 1 then '0450' when l.kind = 42 then '0320' when l.kind = 43 then '0300'
        when l.kind = 44 then '0360' when l.kind = 45 then '0335' when l.kind = 46 then '0821' else '0510' end end as revenue_code,
    l.units::double as units, l.place_of_service, l.tin, l.npi, l.specialty,
    dollars(round(l.allowed_cents * share)::bigint) as allowed_amount,
    dollars(case when l.is_denied then 0 else round(l.standard_cents * share)::bigint end) as standardized_amount,
    dollars(round(l.allowed_cents * share)::bigint - round(l.deductible_cents * share)::bigint - round(l.coinsurance_cents * share)::bigint) as paid_amount,
    dollars(round(l.deductible_cents * share)::bigint) as deductible,
    dollars(round(l.coinsurance_cents * share)::bigint) as coinsurance,
    case when l.is_denied then 'C' else 'A' end as processing_indicator, l.is_assigned
from settled_line l join version v using (claim_id);

create table code_of as
select p.i, p.condition_id, c.codes9[p.variant] as code9, c.codes10[p.variant] as code10
from person_condition p join condition c using (condition_id);

create table coded as
with asked as (
    -- what a claim is for, and what else the person has: three at a visit in primary care, one elsewhere
    select c.claim_id, c.i, c.from_date, c.thru_date, c.kind, c.key, k.reason, c.stay, c.claim_class, h.ids, coalesce(len(h.ids), 0) as n,
        case when c.kind in (1, 2, 35, 36, 73) then 3 when c.claim_class in ('INPATIENT', 'SNF') then 8
             when c.kind in (65, 67, 16, 3, 13) then 1 else 0 end as others
    from whole_claim c join health h using (i) left join service k on k.kind = c.kind
),
first_code as (
    select claim_id, i, 1 as seq, case when stay > 0 then -stay when reason <> '' then (select min(condition_id) from condition where condition = reason)
        when n > 0 then ids[1 + among('reason', i, key, n)] else 30 end as what from asked
),
other_code as (
    select claim_id, i, 1 + o as seq, ids[1 + (o + among('first other', i, key, n)) % n] as what
    from asked, unnest(range(1, 1 + least(others, n))) t(o)
)
select * from first_code union all select * from other_code;

create view diagnosis as
with written as (
    select d.claim_id, d.seq, w.beneficiary_id, w.claim_class, w.from_date,
        icd_version(coalesce(w.discharge_date, w.from_date)) as icd_version,
        case when d.what < 0 then s.dx9 else coalesce(p.code9, c.codes9[1 + among('variant', d.i, d.what, len(c.codes9))]) end as code9,
        case when d.what < 0 then s.dx10 else coalesce(p.code10, c.codes10[1 + among('variant', d.i, d.what, len(c.codes9))]) end as code10
    from coded d join whole_claim w using (claim_id)
    left join stay_kind s on s.stay = -d.what
    left join code_of p on p.i = d.i and p.condition_id = d.what
    left join condition c on c.condition_id = d.what
)
select d.claim_id || v.suffix as claim_id, d.seq::bigint as seq, beneficiary_id, case icd_version when 9 then code9 else code10 end as code,
    icd_version::bigint as icd_version, case when seq = 1 then 'principal' else 'secondary' end as role,
    case when claim_class = 'INPATIENT' then 'Y' end as poa, from_date
from written d join version v using (claim_id);

create view "procedure" as
select w.claim_id || v.suffix as claim_id, 1::bigint as seq, w.beneficiary_id,
    case icd_version(w.discharge_date) when 9 then s.px9 else s.px10 end as code,
    icd_version(w.discharge_date)::bigint as icd_version, w.admission_date as procedure_date, w.from_date
from whole_claim w join stay_kind s using (stay) join version v using (claim_id)
where s.px9 <> '' and w.claim_class = 'INPATIENT';

create view beneficiary as
select beneficiary_id, birth_date, sex, death_date,
    case when u('race', i, 0) < 0.84 then '1' when u('race', i, 0) < 0.94 then '2' else '3' end as race,
    case when years < 65 then case when esrd then '3' else '1' end when esrd then '2' else '0' end as orig_entitlement_code,
    case when is_abroad then 'ZZ' else state() end as state, lpad((10 * (1 + among('county', i, 0, 20)))::varchar, 3, '0') as county,
    lpad((10000 + 100 * market() + among('zip', i, 0, 90))::varchar, 5, '0') as zip5, not is_abroad as is_us_resident
from person;

create view hospice_day as
select i, from_date, thru_date from institutional_claim where claim_class = 'HOSPICE';

create view enrollment_month as
with month as (
    select p.*, m, (performance_year() - 1 + m // 12) * 100 + 1 + m % 12 as year_month from person p, range(24) t(m)
    where m >= entry_month and (death_date is null or m <= month_index(death_date))
),
hospice as (
    select distinct i, m from hospice_day, unnest(range(month_index(from_date), month_index(thru_date) + 1)) t(m)
)
select beneficiary_id, year_month::bigint as year_month, not only_b as part_a, not only_a as part_b,
    m between ma_from and ma_to as ma_enrolled,
    case when esrd and years < 65 then '21' when esrd then '11' when years < 65 then '20' else '10' end as entitlement_status,
    case when dual and u('full', i, 0) < 0.7 then case when u('full', i, 1) < 0.3 then '08' else '02' end when dual then '03' else '00' end as dual_status,
    hospice.i is not null as hospice, institution as institutional, 'month' as source_grain
from month left join hospice using (i, m);

create view risk_score as
select beneficiary_id, performance_year() - 1 + y as performance_year,
    round(risk_of(i, y, years, burden, score), 4) as risk_score, 'V22' as model,
    case when institution then 'institutional' when entry_month > 0 then 'new enrollee' else 'community' end as segment
from (
    select h.*, y, coalesce(s.score, 0) as score
    from health h left join (select i, sum((score * 100)::bigint) / 100.0 as score from person_condition group by i) s using (i), range(2) t(y)
);
