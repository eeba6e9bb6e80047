/** Milliseconds since 1970 at this moment (not at the statement's begin); sessions run in UTC. */
export const nowSql = 'FLOOR(UNIX_TIMESTAMP(SYSDATE(3)) * 1000)';

/**
 * Keys are bytes: compared as they are, without a collation's ideas of case, accents and trailing spaces.
 * Values are bytes too, for the same reason.
 */
export const tables = [
  `CREATE TABLE IF NOT EXISTS state_entries (
     \`key\` VARBINARY(640) NOT NULL PRIMARY KEY,
     value LONGBLOB NOT NULL,
     expires_at BIGINT NULL,
     KEY state_entries_expiry (expires_at)
   ) ENGINE = InnoDB`,
  `CREATE TABLE IF NOT EXISTS state_messages (
     id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
     channel VARBINARY(640) NOT NULL,
     message BLOB NOT NULL,
     sent_at BIGINT NOT NULL,
     KEY state_messages_sent (sent_at)
   ) ENGINE = InnoDB`,
  `CREATE TABLE IF NOT EXISTS state_windows (
     \`key\` VARBINARY(640) NOT NULL PRIMARY KEY,
     hits JSON NOT NULL,
     hit_count INT NOT NULL,
     oldest_ms BIGINT NOT NULL,
     newest_ms BIGINT NOT NULL,
     expires_at BIGINT NOT NULL,
     KEY state_windows_expiry (expires_at)
   ) ENGINE = InnoDB`,
  `CREATE TABLE IF NOT EXISTS state_window_counters (
     \`key\` VARBINARY(640) NOT NULL PRIMARY KEY,
     slot BIGINT NOT NULL,
     previous INT NOT NULL,
     current INT NOT NULL,
     expires_at BIGINT NOT NULL,
     KEY state_window_counters_expiry (expires_at)
   ) ENGINE = InnoDB`,
];

const rollbackOnError = 'DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END';

// The row is locked before the clock is read, so that instants in a row never run backwards. Count, oldest and newest hit stand in
// columns of their own, so that most hits do not parse the JSON; p_cost 0 asks without counting.
const hitExact = `CREATE PROCEDURE state_hit_exact_1(
    IN p_key VARBINARY(640), IN p_limit INT, IN p_window BIGINT, IN p_cost INT)
  MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_hits JSON DEFAULT NULL;
  DECLARE v_count, v_low, v_high, v_middle, v_allowed, v_left INT DEFAULT 0;
  DECLARE v_now, v_oldest, v_newest BIGINT DEFAULT 0;
  DECLARE v_blocking BIGINT DEFAULT NULL;
  ${rollbackOnError};
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_count = -1;
  START TRANSACTION;
  SELECT hits, hit_count, oldest_ms, newest_ms INTO v_hits, v_count, v_oldest, v_newest
    FROM state_windows WHERE \`key\` = p_key FOR UPDATE;
  IF v_count < 0 AND p_cost > 0 THEN
    INSERT INTO state_windows VALUES (p_key, '[]', 0, 0, 0, ${nowSql} + p_window) ON DUPLICATE KEY UPDATE \`key\` = p_key;
    SELECT hits, hit_count, oldest_ms, newest_ms INTO v_hits, v_count, v_oldest, v_newest
      FROM state_windows WHERE \`key\` = p_key FOR UPDATE;
  END IF;
  SET v_now = ${nowSql};
  IF v_count <= 0 THEN SET v_count = 0, v_hits = '[]'; END IF;
  IF v_count > 0 AND v_newest > v_now THEN
    IF v_newest > v_now + p_window THEN SET v_count = 0, v_hits = '[]'; ELSE SET v_now = v_newest; END IF;
  END IF;
  IF v_count > 0 AND v_oldest <= v_now - p_window THEN
    IF v_newest <= v_now - p_window THEN
      SET v_count = 0, v_hits = '[]';
    ELSE
      SET v_low = 1, v_high = v_count - 1;
      WHILE v_low < v_high DO
        SET v_middle = (v_low + v_high) DIV 2;
        IF JSON_EXTRACT(v_hits, CONCAT('$[', v_middle, ']')) > v_now - p_window THEN SET v_high = v_middle;
        ELSE SET v_low = v_middle + 1; END IF;
      END WHILE;
      SET v_hits = JSON_EXTRACT(v_hits, CONCAT('$[', v_low, ' to last]')), v_count = v_count - v_low;
      SET v_oldest = JSON_EXTRACT(v_hits, '$[0]');
    END IF;
  END IF;
  SET v_allowed = v_count + GREATEST(p_cost, 1) <= p_limit;
  IF v_allowed AND p_cost > 0 THEN
    IF v_count = 0 THEN SET v_oldest = v_now; END IF;
    SET v_left = p_cost, v_count = v_count + p_cost;
    WHILE v_left > 0 DO
      SET v_hits = JSON_ARRAY_APPEND(v_hits, '$', v_now), v_left = v_left - 1;
    END WHILE;
    UPDATE state_windows SET hits = v_hits, hit_count = v_count, oldest_ms = v_oldest, newest_ms = v_now,
      expires_at = (v_now DIV p_window + 2) * p_window WHERE \`key\` = p_key;
  ELSEIF NOT v_allowed THEN
    SET v_blocking = JSON_EXTRACT(v_hits, CONCAT('$[', v_count + GREATEST(p_cost, 1) - p_limit - 1, ']'));
  END IF;
  COMMIT;
  SELECT v_allowed, v_now, v_count, v_oldest, COALESCE(v_blocking, v_now);
END`;

const hitCounters = `CREATE PROCEDURE state_hit_counters_1(
    IN p_key VARBINARY(640), IN p_limit INT, IN p_window BIGINT, IN p_cost INT)
  MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_allowed INT DEFAULT 0;
  DECLARE v_now, v_slot, v_previous, v_current, v_counted BIGINT DEFAULT 0;
  DECLARE v_kept_slot BIGINT DEFAULT -9;
  DECLARE v_kept_previous, v_kept_current BIGINT DEFAULT 0;
  ${rollbackOnError};
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_kept_slot = -9;
  START TRANSACTION;
  SELECT slot, previous, current INTO v_kept_slot, v_kept_previous, v_kept_current
    FROM state_window_counters WHERE \`key\` = p_key FOR UPDATE;
  IF v_kept_slot < 0 AND p_cost > 0 THEN
    INSERT INTO state_window_counters VALUES (p_key, 0, 0, 0, ${nowSql} + p_window) ON DUPLICATE KEY UPDATE \`key\` = p_key;
    SELECT slot, previous, current INTO v_kept_slot, v_kept_previous, v_kept_current
      FROM state_window_counters WHERE \`key\` = p_key FOR UPDATE;
  END IF;
  SET v_now = ${nowSql};
  SET v_slot = v_now DIV p_window;
  IF v_kept_slot = v_slot + 1 THEN SET v_slot = v_kept_slot, v_now = v_kept_slot * p_window; END IF;
  IF v_kept_slot = v_slot THEN SET v_previous = v_kept_previous, v_current = v_kept_current;
  ELSEIF v_kept_slot = v_slot - 1 THEN SET v_previous = v_kept_current; END IF;
  SET v_counted = (v_previous * (p_window - (v_now - v_slot * p_window)) + p_window - 1) DIV p_window + v_current;
  SET v_allowed = v_counted + GREATEST(p_cost, 1) <= p_limit;
  IF v_allowed AND p_cost > 0 THEN
    SET v_current = v_current + p_cost;
    UPDATE state_window_counters SET slot = v_slot, previous = v_previous, current = v_current,
      expires_at = (v_slot + 2) * p_window WHERE \`key\` = p_key;
  END IF;
  COMMIT;
  SELECT v_allowed, v_now, v_slot, v_previous, v_current;
END`;

// The hit to take back is mostly the newest: looked for from the end.
const refundExact = `CREATE PROCEDURE state_refund_exact_1(IN p_key VARBINARY(640), IN p_at BIGINT, IN p_cost INT)
  MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE v_hits JSON DEFAULT NULL;
  DECLARE v_at BIGINT;
  DECLARE v_index INT DEFAULT -1;
  DECLARE v_left INT DEFAULT p_cost;
  ${rollbackOnError};
  DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
  START TRANSACTION;
  SELECT hits, hit_count - 1 INTO v_hits, v_index FROM state_windows WHERE \`key\` = p_key FOR UPDATE;
  search: WHILE v_index >= 0 AND v_left > 0 DO
    SET v_at = JSON_EXTRACT(v_hits, CONCAT('$[', v_index, ']'));
    IF v_at < p_at THEN LEAVE search; END IF;
    IF v_at = p_at THEN
      SET v_hits = JSON_REMOVE(v_hits, CONCAT('$[', v_index, ']')), v_left = v_left - 1;
    END IF;
    SET v_index = v_index - 1;
  END WHILE;
  IF v_left < p_cost THEN
    UPDATE state_windows SET hits = v_hits, hit_count = JSON_LENGTH(v_hits),
      oldest_ms = COALESCE(JSON_EXTRACT(v_hits, '$[0]'), 0),
      newest_ms = COALESCE(JSON_EXTRACT(v_hits, CONCAT('$[', GREATEST(JSON_LENGTH(v_hits), 1) - 1, ']')), 0)
      WHERE \`key\` = p_key;
  END IF;
  COMMIT;
END`;

/** Routines by name; the number is the version, for a routine may be in use by an older process while a newer one starts. */
export const routines = new Map([
  ['state_hit_exact_1', hitExact],
  ['state_hit_counters_1', hitCounters],
  ['state_refund_exact_1', refundExact],
]);
