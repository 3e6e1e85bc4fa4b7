-- Ten checks as somebody who knows DuckDB and these data writes them by hand. Facts are views on the Parquet files,
-- registers are tables; `points` holds the knowledge points asked for, `limits` the figures of the rules.

-- name: netting
CREATE TABLE bills_back AS
SELECT setl_id, init_setl_id AS root, medfee_sumamt AS fee, fund_pay_sumamt AS fund FROM setl_d
WHERE init_setl_id IS NOT NULL;
CREATE TABLE bills_void AS
WITH back AS (SELECT root, sum(fee) AS fee, sum(fund) AS fund FROM bills_back GROUP BY root),
undone AS (
    SELECT root FROM back JOIN setl_d ON setl_id = root
    WHERE back.fee + medfee_sumamt = 0 AND back.fund + fund_pay_sumamt = 0)
SELECT root AS setl_id FROM undone UNION ALL SELECT setl_id FROM bills_back SEMI JOIN undone USING (root);
CREATE TABLE lines_back AS
SELECT bkkp_sn, init_feedetl_sn AS root, det_item_fee_sumamt AS fee, cnt FROM fee_list_d
WHERE init_feedetl_sn IS NOT NULL;
CREATE TABLE lines_void AS
WITH back AS (SELECT root, sum(fee) AS fee, sum(cnt) AS cnt FROM lines_back GROUP BY root),
undone AS (
    SELECT root FROM back JOIN fee_list_d ON bkkp_sn = root
    WHERE back.fee + det_item_fee_sumamt = 0 AND back.cnt + fee_list_d.cnt = 0)
SELECT root AS bkkp_sn FROM undone UNION ALL SELECT bkkp_sn FROM lines_back SEMI JOIN undone USING (root);

-- name: views
CREATE VIEW bills AS
SELECT setl_d.* FROM setl_d ANTI JOIN bills_void USING (setl_id) WHERE coalesce(vali_flag, '1') <> '0';
CREATE VIEW lines AS
SELECT fee_list_d.* FROM fee_list_d ANTI JOIN lines_void USING (bkkp_sn) ANTI JOIN bills_void USING (setl_id)
WHERE coalesce(vali_flag, '1') <> '0';
CREATE TABLE stays AS
WITH paid AS (
    SELECT mdtrt_id, sum(fund_pay_sumamt) AS fund FROM bills WHERE med_type = '21' GROUP BY mdtrt_id)
SELECT mdtrt_id, psn_no, fixmedins_code, begntime, endtime, fund, dscg_way, dscg_maindiag_code
FROM mdtrt_d JOIN paid USING (mdtrt_id) WHERE mdtrt_d.med_type = '21';

-- name: duplicate_trace
WITH sales AS (
    SELECT drug_trac_codg, sale_sn, bkkp_sn, fixmedins_code, sale_time FROM drug_trace_d
    WHERE coalesce(refd_flag, '0') <> '1' AND coalesce(split_flag, '0') <> '1'),
often AS (SELECT hash(drug_trac_codg) AS pack FROM sales GROUP BY 1 HAVING count(*) > 1),
again AS MATERIALIZED (SELECT * FROM sales WHERE hash(drug_trac_codg) IN (SELECT pack FROM often)),
own AS MATERIALIZED (
    SELECT bkkp_sn, mdtrt_id, hilist_name, cnt FROM lines SEMI JOIN again USING (bkkp_sn)),
packs AS (SELECT bkkp_sn, count(*) AS packs FROM sales SEMI JOIN again USING (bkkp_sn) GROUP BY bkkp_sn),
turns AS (
    SELECT again.*, mdtrt_id, hilist_name, cnt,
           row_number() OVER (PARTITION BY drug_trac_codg ORDER BY sale_time, sale_sn) - 1 AS before
    FROM again LEFT JOIN own USING (bkkp_sn) WHERE again.bkkp_sn IS NULL OR own.cnt IS NOT NULL)
SELECT bkkp_sn, fixmedins_code, mdtrt_id, min(sale_time) AS day, max(hilist_name) AS item, min(drug_trac_codg) AS code,
       max(before) AS before, count(*) AS again, greatest(max(packs), max(cnt)) AS of_all
FROM turns JOIN packs USING (bkkp_sn) WHERE before > 0 GROUP BY ALL;

-- name: duplicate_charge
WITH mine AS (
    SELECT bkkp_sn, psn_no, fixmedins_code, mdtrt_id, fee_ocur_time::DATE AS day, hilist_code, hilist_name,
           det_item_fee_sumamt AS fee
    FROM lines WHERE cnt > 0 AND hilist_code IN (SELECT item_code FROM points UNION SELECT other_code FROM points)),
sums AS (
    SELECT psn_no, fixmedins_code, day, hilist_code, sum(fee) AS fee, max(hilist_name) AS name FROM mine GROUP BY ALL),
pairs AS (
    SELECT p.rule, p.point_id, b.psn_no, b.fixmedins_code, b.day,
           CASE WHEN b.fee <= a.fee THEN b.hilist_code ELSE a.hilist_code END AS claimed,
           CASE WHEN b.fee <= a.fee THEN a.name ELSE b.name END AS kept
    FROM sums a JOIN points p ON a.hilist_code = p.item_code
        JOIN sums b ON b.hilist_code = p.other_code AND (b.psn_no, b.fixmedins_code, b.day) =
            (a.psn_no, a.fixmedins_code, a.day))
SELECT bkkp_sn, mdtrt_id, pairs.*, hilist_name FROM mine JOIN pairs USING (psn_no, fixmedins_code, day)
WHERE hilist_code = claimed;

-- name: over_frequency
WITH mine AS (
    SELECT rule, point_id, number, bkkp_sn, psn_no, fixmedins_code, mdtrt_id, fee_ocur_time,
           fee_ocur_time::DATE AS day, cnt, hilist_name
    FROM lines JOIN points ON hilist_code = item_code WHERE cnt > 0),
often AS (
    SELECT point_id, psn_no, fixmedins_code, day FROM mine GROUP BY ALL HAVING sum(cnt) > min(number)),
run AS (
    SELECT mine.*, sum(cnt) OVER (PARTITION BY rule, point_id, psn_no, fixmedins_code, day
                                  ORDER BY fee_ocur_time, bkkp_sn ROWS UNBOUNDED PRECEDING) AS total
    FROM mine SEMI JOIN often USING (point_id, psn_no, fixmedins_code, day))
SELECT *, least(cnt, total - number) AS over FROM run WHERE total > number;

-- name: sex_mismatch
SELECT rule, point_id, bkkp_sn, fixmedins_code, mdtrt_id, fee_ocur_time::DATE AS day, hilist_name, gend
FROM lines JOIN points ON hilist_code = item_code JOIN psn_info_b USING (psn_no)
WHERE cnt > 0 AND gend IN ('1', '2') AND gend <> points.value;

-- name: after_death
SELECT setl_id, fixmedins_code, mdtrt_id, coalesce(begndate, setl_time::DATE) AS day, death_date
FROM bills JOIN ps_death USING (psn_no)
WHERE date_diff('day', death_date, coalesce(begndate, setl_time::DATE)) > (SELECT grace FROM limits);

-- name: overlapping_stays
SELECT a.mdtrt_id, a.fixmedins_code, b.mdtrt_id AS other, b.fixmedins_code AS elsewhere,
       date_diff('day', greatest(a.begntime::DATE, b.begntime::DATE), least(a.endtime::DATE, b.endtime::DATE)) AS days
FROM stays a JOIN stays b USING (psn_no)
WHERE a.fixmedins_code <> b.fixmedins_code AND days > (SELECT tolerated FROM limits)
    AND (a.begntime > b.begntime OR (a.begntime = b.begntime
        AND (a.fund < b.fund OR (a.fund = b.fund AND a.mdtrt_id > b.mdtrt_id))));

-- name: readmission
SELECT * FROM (
    SELECT mdtrt_id, psn_no, fixmedins_code, begntime, fund, dscg_maindiag_code,
           lag(dscg_way) OVER before AS way,
           date_diff('day', (lag(endtime) OVER before)::DATE, begntime::DATE) AS gap
    FROM stays WINDOW before AS (PARTITION BY psn_no, fixmedins_code ORDER BY begntime, mdtrt_id))
WHERE gap BETWEEN 0 AND 15;

-- name: two_cities
WITH visits AS (
    SELECT setl_id, psn_no, fixmedins_code, setl_time::DATE AS day, left(fix_blng_admdvs, 4) AS city,
           fund_pay_sumamt AS fund, hash(psn_no) AS key
    FROM bills WHERE med_type NOT IN ('21', '41')),
two AS (SELECT key, day FROM visits GROUP BY ALL HAVING min(city) <> max(city))
SELECT * EXCLUDE (key) FROM visits SEMI JOIN two USING (key, day);

-- name: covisit
WITH visits AS (
    SELECT setl_id, psn_no, fixmedins_code, epoch(setl_time)::BIGINT AS second, setl_time::DATE AS day FROM bills
    WHERE med_type <> '21' QUALIFY count(*) OVER (PARTITION BY psn_no, fixmedins_code) >= (SELECT visits FROM limits)),
slots AS (
    SELECT * FROM (
        SELECT *, second // (SELECT slot FROM limits) AS slot FROM visits
        UNION ALL SELECT *, second // (SELECT slot FROM limits) + 1 FROM visits)
    QUALIFY count(DISTINCT psn_no) OVER (PARTITION BY fixmedins_code, slot)
        BETWEEN 2 AND (SELECT crowd FROM limits)),
met AS (
    SELECT DISTINCT a.fixmedins_code, a.psn_no AS a, b.psn_no AS b, a.day
    FROM slots a JOIN slots b USING (fixmedins_code, slot)
    WHERE a.psn_no < b.psn_no AND abs(a.second - b.second) <= (SELECT slot FROM limits))
SELECT fixmedins_code, a, b, count(*) AS days FROM met GROUP BY ALL HAVING days >= 2;

-- name: provider_month
WITH of_lines AS (
    SELECT fixmedins_code, date_trunc('month', fee_ocur_time) AS month, count(*) AS lines,
           sum(det_item_fee_sumamt)::DOUBLE AS fee, sum(inscp_amt)::DOUBLE AS scope, avg(det_item_fee_sumamt) AS fee_mean,
           stddev_samp(det_item_fee_sumamt) AS fee_sd, max(det_item_fee_sumamt)::DOUBLE AS fee_max,
           avg(cnt) AS cnt_mean, avg(pric) AS pric_mean, avg(prd_days) AS days_mean,
           count(*) FILTER (list_type = '101') / count(*) AS drugs, count(*) FILTER (list_type = '201') / count(*) AS services,
           count(*) FILTER (list_type = '301') / count(*) AS goods,
           (sum(det_item_fee_sumamt) FILTER (list_type = '101'))::DOUBLE AS drug_fee,
           (sum(det_item_fee_sumamt) FILTER (med_chrgitm_type IN ('03', '04')))::DOUBLE AS test_fee,
           count(*) FILTER (cnt > 1) / count(*) AS several, count(*) FILTER (prd_days > 14) / count(*) AS long,
           approx_count_distinct(psn_no) AS persons, approx_count_distinct(hilist_code) AS items
    FROM lines GROUP BY ALL),
of_bills AS (
    SELECT fixmedins_code, date_trunc('month', setl_time) AS month, count(*) AS bills, avg(medfee_sumamt) AS bill_mean,
           stddev_samp(medfee_sumamt) AS bill_sd, max(medfee_sumamt)::DOUBLE AS bill_max,
           sum(fund_pay_sumamt)::DOUBLE AS fund, sum(psn_pay)::DOUBLE AS own, sum(acct_pay)::DOUBLE AS account,
           count(*) FILTER (med_type = '21') / count(*) AS stays, count(*) FILTER (med_type = '14') / count(*) AS chronic,
           count(*) FILTER (insutype = '310') / count(*) AS employees, count(*) FILTER (gend = '2') / count(*) AS women,
           avg(date_part('hour', setl_time)) AS hour, count(*) FILTER (isodow(setl_time) >= 6) / count(*) AS weekend,
           approx_count_distinct(psn_no) AS patients
    FROM bills GROUP BY ALL)
SELECT * FROM of_lines FULL JOIN of_bills USING (fixmedins_code, month);
