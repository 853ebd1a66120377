-- The canonical tables, in the order in which they are written.
create macro person_number(i) as 'B' || lpad((i + 1)::varchar, 8, '0');
create macro claim_number(prefix, i, key, half) as
    prefix || lpad(i::varchar, 8, '0') || '-' || (key * 2 + half)::varchar;
create macro part_of(cents, tenths) as case when tenths = 10 then cents else cents * tenths // 10 end;
-- days until a claim is paid: the fewest that the law leaves to a contractor, and some are late
create macro late(u) as u * u * u * u * u * u;
create macro days_to_pay(i, key, half) as 14 + floor(100 * late(u('paid', i, key * 2 + half)))::integer;
create macro dollars(cents) as (cents / 100.0)::decimal(18, 2);
create macro icd_version(day) as case when day >= date '2015-10-01' then 10 else 9 end;
create table facility as select n as hospital, npi_of(market() * 1000000 + 989000 + n) as facility_npi from range(6) t(n);

create view claim as
with versions as (
    select c.*, v.number, v.suffix, v.adjustment_type, v.days_after, part_of(allowed_cents, tenths) as allowed,
        part_of(standard_cents, tenths) as standard, part_of(deductible_cents, tenths) as deducted,
        part_of(coinsurance_cents, tenths) as shared, claim_number(prefix, i, key, half) as number_of_claim
    from whole_claim c join version v using (fate)
)
select number_of_claim || suffix as claim_id, person_number(i) as beneficiary_id, claim_class, claim_type_code, from_date, thru_date,
    admission_date, discharge_date, discharge_status, admission_type, admission_source,
    coalesce(ccn, state_number() || lpad((701 + hospital)::varchar, 4, '0')) as ccn,
    facility_npi, bill_type, drg,
    dollars(allowed) as allowed_amount, dollars(standard) as standardized_amount,
    dollars(allowed - deducted - shared) as paid_amount, dollars(deducted) as deductible, dollars(shared) as coinsurance,
    case when is_denied and claim_class in ('PART_B', 'DME') then '0' end as nonpayment_code,
    adjustment_type, 'C' || number_of_claim as control_number, thru_date + days_to_pay(i, key, half) + days_after as effective_date,
    thru_date + days_to_pay(i, key, half) + days_after as paid_date,
    i, prefix, key, half, number
from versions left join facility using (hospital);

create view claim_line as
with versions as (
    select l.*, v.number, v.suffix, part_of(allowed_cents, tenths) as allowed, part_of(standard_cents, tenths) as standard,
        part_of(deductible_cents, tenths) as deducted, part_of(coinsurance_cents, tenths) as shared
    from settled_line l join version v on v.fate = fate_of(l.i, l.key)
)
select claim_number('PB', i, key, 0) || suffix as claim_id, line as line_number, person_number(i) as beneficiary_id, claim_class,
    day as from_date, day as thru_date, nullif(hcpcs_code, '') as hcpcs_code, nullif(modifier, '') as modifier_1,
    case when claim_class = 'OUTPATIENT' then case kind when 41 then case line when 1 then '0450' else '0320' end when 42 then '0320'
        when 43 then '0300' when 44 then '0360' when 45 then '0335' when 46 then '0821' else '0510' end end as revenue_code,
    units::double as units, nullif(place_of_service, '') as place_of_service, tin, npi, specialty,
    dollars(allowed) as allowed_amount, dollars(standard) as standardized_amount,
    dollars(allowed - deducted - shared) as paid_amount, dollars(deducted) as deductible, dollars(shared) as coinsurance,
    case when is_denied then 'C' else 'A' end as processing_indicator, is_assigned, i, key, number
from versions;

-- what a claim is for, and what else the person has: three at a visit in primary care, eight in a stay
create table coded as
with asked as (
    select c.i, c.prefix, c.key, c.half, c.fate, c.stay, c.claim_class, c.from_date, h.ids, len(h.ids) as n,
        icd_version(coalesce(c.discharge_date, c.from_date)) as icd_version,
        case when c.stay > 0 then -c.stay when r.condition_id is not null then r.condition_id
            when len(h.ids) > 0 then h.ids[1 + among('reason', c.i, c.key, len(h.ids))] else 30 end as reason,
        least(len(h.ids), case when c.kind in (1, 2, 35, 36, 73) then 3 when c.claim_class in ('INPATIENT', 'SNF') then 8
            when c.kind in (65, 67, 16, 3, 13) then 1 else 0 end)::bigint as others
    from whole_claim c join health h using (i)
    left join service k on k.kind = c.kind left join condition r on r.condition = k.reason and k.reason <> ''
),
listed as (
    select *, unnest(range(others + 1)) as place from asked
)
select * exclude (ids, n, others, place, reason), 1 + place as seq,
    case place when 0 then reason else ids[1 + (place + among('first other', i, key, n)) % n] end as what
from listed;

create view diagnosis as
with written as (
    select d.*, case when d.what < 0 then case d.icd_version when 9 then s.dx9 else s.dx10 end
            when d.icd_version = 9 then c.codes9[1 + among('variant', d.i, d.what, c.variants)]
            else c.codes10[1 + among('variant', d.i, d.what, c.variants)] end as code
    from coded d left join stay_kind s on s.stay = -d.what left join condition c on c.condition_id = d.what
)
select claim_number(prefix, i, key, half) || v.suffix as claim_id, seq, person_number(i) as beneficiary_id, code, icd_version,
    case when seq = 1 then 'principal' else 'secondary' end as role, case when claim_class = 'INPATIENT' then 'Y' end as poa,
    i, from_date, prefix, key, half, number
from written join version v using (fate);

create view "procedure" as
select claim_number(prefix, i, key, half) || v.suffix as claim_id, 1 as seq, person_number(i) as beneficiary_id,
    case icd_version(w.discharge_date) when 9 then s.px9 else s.px10 end as code,
    icd_version(w.discharge_date) as icd_version, w.admission_date as procedure_date, i, from_date, prefix, key, half, number
from whole_claim w join stay_kind s using (stay) join version v using (fate)
where s.px9 <> '' and w.claim_class = 'INPATIENT';

create view beneficiary as
select beneficiary_id, birth_date, sex, death_date,
    case when u('race', i, 0) < 0.84 then '1' when u('race', i, 0) < 0.94 then '2' else '3' end as race,
    case when years < 65 then case when esrd then '3' else '1' end when esrd then '2' else '0' end as orig_entitlement_code,
    case when is_abroad then 'ZZ' else state() end as state, lpad((10 * (1 + among('county', i, 0, 20)))::varchar, 3, '0') as county,
    lpad((10000 + 100 * market() + among('zip', i, 0, 90))::varchar, 5, '0') as zip5, not is_abroad as is_us_resident, i
from person;

-- three years of months: whoever was in Medicare when the claims begin was in it the year before
create view enrollment_month as
with month as (
    select p.*, n - 12 as m, (performance_year() - 2 + n // 12) * 100 + 1 + n % 12 as year_month from person p, range(36) t(n)
    where n - 12 >= case entry_month when 0 then -12 else entry_month end and (death_date is null or n - 12 <= month_index(death_date))
),
in_hospice as (
    select i, unnest(range(month_index(from_date), month_index(thru_date) + 1)) as m
    from institutional_claim where claim_class = 'HOSPICE'
),
hospice as (select distinct i, m from in_hospice)
select beneficiary_id, year_month, not only_b as part_a, not only_a as part_b, greatest(m, 0) between ma_from and ma_to as ma_enrolled,
    case when esrd and years < 65 then '21' when esrd then '11' when years < 65 then '20' else '10' end as entitlement_status,
    case when dual and u('full', i, 0) < 0.7 then case when u('full', i, 1) < 0.3 then '08' else '02' end
        when dual then '03' else '00' end as dual_status,
    hospice.i is not null as hospice, institution as institutional, 'month' as source_grain, i
from month left join hospice using (i, m);
