-- The no-show project of fixtures/patient-outreach as one DuckDB script: the same input files, the same results.
-- ${data} and ${out} are put in by bench/no_show.py. Ids are text; "first row wins" for repeated keys.
create table raw_patient as
select id, meta.lastUpdated::timestamptz as "meta.lastUpdated",
       (birthDate || case length(birthDate) when 4 then '-01-01' when 7 then '-01' else '' end)::date as "birthDate",
       case length(birthDate) when 4 then 'year' when 7 then 'month' else 'day' end as "birthDate_precision",
       list_filter(name, x -> x.use = 'official')[1].family as lastname,
       list_filter(name, x -> x.use = 'official')[1].given[1] as firstname,
       list_filter(telecom, x -> x.system = 'email')[1].value as email
from read_ndjson('${data}/Patient.ndjson.gz', columns = {
  id: 'varchar', meta: 'struct(lastUpdated varchar)', birthDate: 'varchar',
  name: 'struct("use" varchar, family varchar, given varchar[])[]', telecom: 'struct(system varchar, value varchar)[]'});

create table raw_appointment as
select id, status, serviceType[1].coding[1].code as "serviceType.coding.code",
       serviceType[1].coding[1].display as "serviceType.coding.display",
       appointmentType.coding[1].code as "appointmentType.coding.code",
       appointmentType.coding[1].display as "appointmentType.coding.display",
       start::timestamptz as start,
       list_filter(participant, x -> starts_with(x.actor.reference, 'Patient/'))[1].actor.reference[9:] as "patient.id",
       list_filter(participant, x -> starts_with(x.actor.reference, 'Patient/'))[1].actor.display as "patient.name"
from read_ndjson('${data}/Appointment.ndjson.gz', columns = {
  id: 'varchar', status: 'varchar', serviceType: 'struct(coding struct(code varchar, display varchar)[])[]',
  appointmentType: 'struct(coding struct(code varchar, display varchar)[])', start: 'varchar',
  participant: 'struct(actor struct(reference varchar, display varchar))[]'});

create table contact as
select lower(c.contactid) as contactid, c.firstname, c.lastname, c.emailaddress1, c.msemr_azurefhirid
from (select unnest(value) as c from read_json('${data}/contacts.json.gz', maximum_object_size = 200000000, columns = {
  value: 'struct(contactid varchar, firstname varchar, lastname varchar, emailaddress1 varchar, msemr_contacttype bigint, msemr_azurefhirid varchar)[]'}))
where c.msemr_contacttype = 935000000;

create table patient as select * from raw_patient qualify row_number() over (partition by id) = 1;
create table appointment as select * from raw_appointment qualify row_number() over (partition by id) = 1;

-- match on the FHIR id; one contact a patient by lowest key, the others are alternates
create table key_ring as
with ids as (select id, row_number() over (order by id) - 1 as profile_no, substr(sha256('AzureAPIforFHIR_Patient' || id), 1, 32) as "CustomerId" from patient)
select 'AzureAPIforFHIR_Patient' as "SourceTable", id as "Key", true as "IsWinner", "CustomerId", profile_no from ids
union all
select 'D365Patients_contact', contactid, contactid = min(contactid) over (partition by msemr_azurefhirid), "CustomerId", profile_no
from contact join ids on ids.id = contact.msemr_azurefhirid;

create table customer as
select k."CustomerId", k.profile_no, p.id, c.contactid, c.alternates as "contactid_Alternate", p."meta.lastUpdated", p."birthDate", p."birthDate_precision",
       coalesce(p.email, c.emailaddress1) as email, coalesce(p.firstname, c.firstname) as firstname, coalesce(p.lastname, c.lastname) as lastname
from patient p
join key_ring k on k."SourceTable" = 'AzureAPIforFHIR_Patient' and k."Key" = p.id
left join (select msemr_azurefhirid, arg_min(contactid, contactid) as contactid, arg_min(emailaddress1, contactid) as emailaddress1,
                  arg_min(firstname, contactid) as firstname, arg_min(lastname, contactid) as lastname, string_agg(contactid, ';') as alternates
           from contact where msemr_azurefhirid is not null group by 1) c on c.msemr_azurefhirid = p.id;

create table unified_activity as
select substr(sha256('patientAppointments' || a.id), 1, 32) as "ActivityId", k."CustomerId", k.profile_no, 'Appointment' as "ActivityType",
       'patientAppointments' as "ActivityName", a.start as "ActivityTime", a."appointmentType.coding.code" as "Title",
       a."serviceType.coding.display" as "Description", 'AzureAPIforFHIR_Appointment' as "EntityName", a.id as "ActualActivityId", a."patient.id" as "ActivityForeignKey"
from appointment a left join key_ring k on k."SourceTable" = 'AzureAPIforFHIR_Patient' and k."Key" = a."patient.id"
order by k.profile_no, a.start;

create table customer_measure as
with per as (
  select k.profile_no, count(distinct a.id) as total,
         count(distinct a.id) filter (a.status ilike 'noshow') as noshow, count(distinct a.id) filter (a.status ilike 'cancelled') as cancelled
  from appointment a join key_ring k on k."SourceTable" = 'AzureAPIforFHIR_Patient' and k."Key" = a."patient.id" group by 1),
last as (
  select profile_no, date_diff('day', max("ActivityTime")::timestamp, timestamp '2016-06-20 00:00:00') as days
  from unified_activity where "ActivityType" = 'Appointment' and "ActivityTime" <= timestamptz '2016-06-20 00:00:00+00' group by 1)
select c."CustomerId", c.profile_no, coalesce(total, 0) as "TotalAppointments", coalesce(noshow, 0) as "NoShowAppointments",
       coalesce(cancelled, 0) as "CancelledAppointments",
       coalesce(noshow, 0)::double / nullif(coalesce(total, 0), 0) * 100 as pct_no_show,
       (coalesce(noshow, 0) + coalesce(cancelled, 0))::double / nullif(coalesce(total, 0), 0) * 100 as pct_missed, days as "DaysSinceLastAppointment"
from customer c left join per using (profile_no) left join last using (profile_no) order by profile_no;

create table segment_membership as
select 'NoShow50' as "Segment", profile_no from customer_measure where pct_no_show > 50
union all select 'Missed50', profile_no from customer_measure where pct_missed > 50;

-- everything computed is a table that other tools can read
copy patient to '${out}/AzureAPIforFHIR_Patient.parquet' (compression snappy);
copy appointment to '${out}/AzureAPIforFHIR_Appointment.parquet' (compression snappy);
copy contact to '${out}/D365Patients_contact.parquet' (compression snappy);
copy key_ring to '${out}/KeyRing.parquet' (compression snappy);
copy customer to '${out}/Customer.parquet' (compression snappy);
copy unified_activity to '${out}/UnifiedActivity.parquet' (compression snappy);
copy customer_measure to '${out}/Customer_Measure.parquet' (compression snappy);
copy segment_membership to '${out}/SegmentMembership.parquet' (compression snappy);
copy (select "CustomerId", contactid, email, pct_no_show from customer join customer_measure using ("CustomerId", profile_no)
      join segment_membership using (profile_no) where "Segment" = 'NoShow50' and contactid is not null) to '${out}/NoShow50.csv' (header);
copy (select "CustomerId", contactid, email, pct_no_show from customer join customer_measure using ("CustomerId", profile_no)
      join segment_membership using (profile_no) where "Segment" = 'Missed50' and contactid is not null) to '${out}/Missed50.csv' (header);
