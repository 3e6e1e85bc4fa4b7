-- A city of any size for benchmarks, out of hashes: the same size is the same city. Variables: persons, items, month,
-- first (day of the month), days (of the month). Sections are named; see large.py.

-- name: drawn
CREATE MACRO draw(a, b, salt) AS (hash(a, b, salt) % 1000003) / 1000003.0;
CREATE MACRO numbered(number, factor, digits) AS
    lpad(((number::BIGINT * factor::BIGINT) % (10 ** digits)::BIGINT)::VARCHAR, digits, '0');

-- name: persons
-- Three in ten hardly ever come, one in twenty comes every week; one pair of neighbours in 300 always comes together.
CREATE VIEW persons AS
SELECT range AS p,
       CASE WHEN draw(range // 2, 0, 50) < 0.003 THEN range // 2 * 2 ELSE range END AS v,
       '3304000000' || lpad(range::VARCHAR, 10, '0') AS psn_no,
       CASE WHEN hash(range, 1) % 2 = 0 THEN '1' ELSE '2' END AS gend,
       DATE '2025-01-01' - (365 * (78 * draw(range, 0, 51) + 15 * draw(range, 0, 52) ** 2))::INT AS brdy,
       CASE WHEN draw(v, 0, 1) < 0.3 THEN 0.1 WHEN draw(v, 0, 1) < 0.75 THEN 0.6
            WHEN draw(v, 0, 1) < 0.95 THEN 2.0 ELSE 3.5 END AS rate,
       CASE WHEN draw(range, 0, 40) < 0.007 THEN DATE '2025-01-01' + (365 * draw(range, 0, 41))::INT END AS died,
       (hash(range, 53) % 7)::INT AS home,
       CASE WHEN hash(range, 54) % 100 < 55 THEN '310' ELSE '390' END AS insutype
FROM range(getvariable('persons')::BIGINT);

-- name: care
-- One row per settlement of the month, its reversal behind it (3 in 1,000). Stays begin and end inside the month.
CREATE VIEW care AS
WITH come AS (
    SELECT *, unnest(range(floor(2 * rate * draw(v, getvariable('month'), 2)
                                 + draw(v, getvariable('month'), 3))::BIGINT)) AS s FROM persons),
named AS (
    SELECT *, (getvariable('month')::BIGINT * getvariable('persons')::BIGINT + p) * 16 + s AS i,
           (getvariable('month')::BIGINT * getvariable('persons')::BIGINT + v) * 16 + s AS t FROM come),
kinds AS (
    SELECT *, draw(i, 0, 4) AS u,
           CASE WHEN u < 0.022 THEN '21' WHEN u < 0.422 THEN '41' WHEN u < 0.55 THEN '14' ELSE '11' END AS kind,
           CASE kind WHEN '21' THEN 'H' WHEN '41' THEN 'P' ELSE 'C' END AS place,
           getvariable('persons') / CASE kind WHEN '21' THEN 40000 WHEN '41' THEN 1500 ELSE 2500 END + 7 AS places
    FROM named),
placed AS (
    SELECT *,
           CASE WHEN draw(i, 0, 9) < 0.01 THEN 7 ELSE home END AS county,
           floor(places / 7 * (home + draw(v // 4, hash(t, 5) % 3, 6) ** 2))::BIGINT AS site,
           getvariable('first')::DATE + floor(
               CASE kind WHEN '21' THEN 14 ELSE getvariable('days') END * draw(t, 0, 7))::INT AS day,
           CASE kind WHEN '21' THEN 1 + floor(13 * draw(i, 0, 8))::INT ELSE 0 END AS los,
           floor(27000 + 34000 * draw(t, 0, 10) ** 1.4)::INT AS second,
           CASE kind WHEN '21' THEN 20 + floor(41 * draw(i, 0, 11)) WHEN '41' THEN 1 + floor(4 * draw(i, 0, 11))
                ELSE 1 + floor(10 * draw(i, 0, 11)) END::INT AS n
    FROM kinds)
SELECT * EXCLUDE (u, places),
       place || '33040' || (1 + county) || lpad(site::VARCHAR, 6, '0') AS fixmedins_code,
       CASE WHEN county = 7 THEN '330106' ELSE '33048' || home END AS fix_blng_admdvs,
       '33042' || numbered(i, 48271007, 13) AS setl_id,
       '33041' || numbered(i, 39916801, 13) AS mdtrt_id,
       'A' || (hash(i, 12) % 26 + 1)::VARCHAR AS department,
       chr((65 + hash(i, 13) % 20)::INT) || lpad((hash(i, 14) % 99)::VARCHAR, 2, '0') || '.900' AS disease,
       round(n * 20 * (0.5 + draw(i, 0, 15)), 2) AS fee,
       unnest(CASE WHEN draw(i, 0, 20) < 0.003 THEN [1, -1] ELSE [1] END) AS sign
FROM placed
WHERE died IS NULL OR day <= died OR draw(i, 0, 42) < 0.01;

-- name: charged
-- Lines: one item in ten gets half of the use; one in 41 is of one sex; 2 in 1,000 lines repeat the one before.
CREATE VIEW charged AS
WITH each AS (SELECT *, unnest(range(n)) AS l FROM care),
known AS (
    SELECT *, i * 64 + l AS j, i * 64 + l - (l > 0 AND draw(i * 64 + l, 0, 60) < 0.002)::INT AS seed FROM each),
drawn AS (
    SELECT *, floor(getvariable('items') * draw(seed, 0, 61) ** 3)::BIGINT AS k0 FROM known),
chosen AS (
    SELECT *, CASE WHEN kind = '41' THEN k0 - k0 % 10 + k0 % 6
                   WHEN k0 % 41 = 0 AND (k0 % 2 + 1)::VARCHAR <> gend AND draw(j, 0, 62) > 0.002 THEN k0 + 1
                   ELSE k0 END AS k FROM drawn)
SELECT *, k % 10 < 6 AS drug,
       CASE WHEN k % 10 < 6 THEN 'XA' || lpad(k::VARCHAR, 6, '0') || 'A001010100' || (k % 9973)::VARCHAR
            WHEN k % 10 < 9 THEN '0033' || lpad(k::VARCHAR, 11, '0')
            ELSE 'C' || lpad(k::VARCHAR, 8, '0') || '0000' || (k % 9973)::VARCHAR END AS hilist_code,
       round(1 + 300 * draw(k, 0, 63) ** 4, 2) AS pric,
       CASE WHEN k % 10 < 6 THEN 1 + hash(j, 64) % 3 WHEN draw(j, 0, 65) < 0.92 THEN 1 ELSE 1 + hash(j, 66) % 5 END
           * sign AS cnt,
       day + floor(los * draw(j, 0, 67))::INT AS fee_day
FROM chosen;

-- name: setl_d
SELECT setl_id || CASE WHEN sign < 0 THEN 'R' ELSE '' END AS setl_id, mdtrt_id,
       CASE WHEN sign < 0 THEN setl_id END AS init_setl_id, psn_no, gend, brdy, insutype,
       '33048' || home AS insu_admdvs, '2' AS pay_loc, fixmedins_code,
       CASE place WHEN 'H' THEN '05' WHEN 'C' THEN '08' END AS hosp_lv, fix_blng_admdvs,
       day AS begndate, day + los AS enddate,
       day + los + to_seconds(second + 600 + CASE WHEN sign < 0 THEN 3600 ELSE 0 END) AS setl_time, '01' AS mdtrt_cert_type,
       kind AS med_type, (fee * sign)::DECIMAL(16, 2) AS medfee_sumamt, (fee * sign * 0.9)::DECIMAL(16, 2) AS inscp_amt,
       (fee * sign * 0.65)::DECIMAL(16, 2) AS fund_pay_sumamt,
       medfee_sumamt - fund_pay_sumamt AS psn_pay, CASE WHEN insutype = '310' THEN psn_pay ELSE 0 END AS acct_pay,
       CASE WHEN sign < 0 THEN '1' ELSE '0' END AS refd_setl_flag, '0' AS mid_setl_flag, '1' AS vali_flag
FROM care;

-- name: mdtrt_d
SELECT mdtrt_id, psn_no, gend, brdy, insutype, '33048' || home AS insu_admdvs, fixmedins_code,
       CASE place WHEN 'H' THEN '05' WHEN 'C' THEN '08' END AS hosp_lv, fix_blng_admdvs, kind AS med_type,
       day + to_seconds(second - 600) AS begntime, day + los + to_seconds(second) AS endtime,
       CASE WHEN los > 0 THEN los END AS ipt_days, CASE WHEN kind = '21' THEN department END AS adm_dept_codg,
       'D' || fixmedins_code || (hash(i, 70) % 9)::VARCHAR AS chfpdr_code,
       CASE WHEN kind <> '41' THEN disease END AS dscg_maindiag_code,
       CASE WHEN kind <> '41' THEN '诊断' || disease END AS dscg_maindiag_name,
       CASE WHEN kind = '21' THEN CASE WHEN draw(i, 0, 71) < 0.04 THEN '2' ELSE '1' END END AS dscg_way, '1' AS vali_flag
FROM care WHERE sign > 0;

-- name: setl_diag_d
SELECT setl_id, mdtrt_id, psn_no, '1' AS diag_type, unnest(range(1 + (hash(i, 72) % 2)::INT)) + 1 AS diag_srt_no,
       CASE diag_srt_no WHEN 1 THEN '1' ELSE '0' END AS maindiag_flag,
       CASE diag_srt_no WHEN 1 THEN disease ELSE chr((65 + hash(i, 73) % 20)::INT) || '10.100' END AS diag_code,
       '诊断' || diag_code AS diag_name, '1' AS vali_flag
FROM care WHERE sign > 0 AND kind <> '41';

-- name: fee_list_d
SELECT '3304' || numbered(j * 2 + (sign < 0)::INT, 48271007, 13) AS bkkp_sn,
       CASE WHEN sign < 0 THEN '3304' || numbered(j * 2, 48271007, 13) END AS init_feedetl_sn, mdtrt_id,
       CASE WHEN draw(i, 0, 21) > 0.015 THEN setl_id || CASE WHEN sign < 0 THEN 'R' ELSE '' END END AS setl_id, psn_no,
       fixmedins_code, kind AS med_type,
       CASE WHEN drug AND kind NOT IN ('21', '41') THEN '33046' || numbered(i * 16 + l // 4, 27644437, 13) END AS rx_drord_no,
       fee_day + to_seconds(second) AS fee_ocur_time,
       cnt::DECIMAL(16, 4) AS cnt, pric::DECIMAL(16, 4) AS pric, (cnt * pric)::DECIMAL(16, 2) AS det_item_fee_sumamt,
       CASE WHEN k % 10 BETWEEN 6 AND 8 THEN (pric * CASE WHEN draw(j, 0, 80) < 0.001 THEN 0.8 ELSE 1.2 END)::DECIMAL(16, 4)
           END AS pric_uplmt_amt,
       0::DECIMAL(16, 2) AS fulamt_ownpay_amt,
       CASE WHEN k % 7 = 0 THEN (cnt * pric * 0.1)::DECIMAL(16, 2) ELSE 0 END AS preselfpay_amt,
       det_item_fee_sumamt - preselfpay_amt AS inscp_amt, hilist_code, '项目' || k AS hilist_name,
       CASE WHEN drug THEN '101' WHEN k % 10 < 9 THEN '201' ELSE '301' END AS list_type,
       CASE WHEN drug THEN '09' WHEN k % 10 < 9 THEN '0' || (2 + k % 6) ELSE '08' END AS med_chrgitm_type,
       department AS bilg_dept_codg, 'D' || fixmedins_code || (hash(i, 70) % 9)::VARCHAR AS bilg_dr_code,
       CASE WHEN drug THEN CASE WHEN draw(j, 0, 81) < 0.001 THEN 90 ELSE [3, 7, 14, 30][(1 + hash(j, 82) % 4)::INT] END
           END::DECIMAL(16, 4) AS prd_days, fee_ocur_time + INTERVAL 2 HOUR AS crte_time, '1' AS vali_flag
FROM charged;

-- name: drug_trace_d
WITH packs AS (
    SELECT *, unnest(range(1 + (draw(j, 0, 90) < 0.1)::INT)) AS pack FROM charged WHERE drug AND sign > 0)
SELECT CASE WHEN draw(j, pack, 91) < 0.001
            THEN '8199999' || lpad((hash(j, pack, 92) % (getvariable('persons')::BIGINT / 66 + 1)::BIGINT)::VARCHAR, 13, '0')
            ELSE '81' || lpad((k % 99991)::VARCHAR, 5, '0') || numbered(j * 2 + pack, 39916801, 13)
            END AS drug_trac_codg,
       '3304' || numbered(j * 2 + pack, 27644437, 13) AS sale_sn,
       CASE WHEN draw(i, 0, 93) > 0.08 THEN '3304' || numbered(j * 2, 48271007, 13) END AS bkkp_sn,
       CASE WHEN bkkp_sn IS NOT NULL THEN setl_id END AS setl_id, fixmedins_code, hilist_code,
       CASE WHEN bkkp_sn IS NOT NULL THEN psn_no END AS psn_no, fee_day + to_seconds(second + 60) AS sale_time,
       '0' AS split_flag, '0' AS refd_flag
FROM packs ORDER BY drug_trac_codg;

-- name: psn_info_b
SELECT psn_no, gend, brdy, '33048' || home AS resd_loc_admdvs FROM persons;

-- name: ps_death
SELECT psn_no, died AS death_date, died + 20 AS reg_date FROM persons WHERE died IS NOT NULL;

-- name: hilist_b
SELECT CASE WHEN range % 10 < 6 THEN 'XA' || lpad(range::VARCHAR, 6, '0') || 'A001010100' || (range % 9973)::VARCHAR
            WHEN range % 10 < 9 THEN '0033' || lpad(range::VARCHAR, 11, '0')
            ELSE 'C' || lpad(range::VARCHAR, 8, '0') || '0000' || (range % 9973)::VARCHAR END AS hilist_code,
       '项目' || range AS hilist_name,
       CASE WHEN range % 10 < 6 THEN '101' WHEN range % 10 < 9 THEN '201' ELSE '301' END AS list_type,
       CASE WHEN range % 10 BETWEEN 6 AND 8 THEN (1.5 + 360 * draw(range, 0, 63) ** 4)::DECIMAL(16, 4) END
           AS hilist_pric_uplmt_amt,
       DATE '2020-01-01' AS begndate
FROM range(getvariable('items')::BIGINT + 2);

-- name: fixmedins_b
SELECT DISTINCT ON (fixmedins_code) fixmedins_code, '机构' || fixmedins_code AS fixmedins_name,
       CASE place WHEN 'P' THEN '2' ELSE '1' END AS fixmedins_type,
       CASE place WHEN 'H' THEN '05' WHEN 'C' THEN '08' END AS hosp_lv, fix_blng_admdvs,
       CASE place WHEN 'H' THEN 400 END AS aprv_bed_cnt, DATE '2015-01-01' AS begntime
FROM care ORDER BY fixmedins_code;
