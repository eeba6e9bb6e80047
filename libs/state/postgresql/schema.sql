-- Tables and routines of the state store. Run once, under an advisory lock, when `state_schema_1` is missing.

CREATE TABLE IF NOT EXISTS state_entries (
  key text COLLATE "C" PRIMARY KEY,
  value text NOT NULL,
  expires_at bigint
);
CREATE INDEX IF NOT EXISTS state_entries_expiry ON state_entries (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS state_leases (
  name text COLLATE "C" PRIMARY KEY,
  holder text NOT NULL,
  token bigint NOT NULL,
  expires_at bigint NOT NULL
);

-- Hits need not survive a crash of the server (limits then start afresh), so they are not logged: no hit waits for the disk.
-- The room left in each page keeps new versions of a row on it and out of the indexes.
CREATE UNLOGGED TABLE IF NOT EXISTS state_windows (
  key text COLLATE "C" PRIMARY KEY,
  hits jsonb NOT NULL,
  expires_at bigint NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX IF NOT EXISTS state_windows_expiry ON state_windows (expires_at);

CREATE UNLOGGED TABLE IF NOT EXISTS state_window_counters (
  key text COLLATE "C" PRIMARY KEY,
  slot bigint NOT NULL,
  previous integer NOT NULL,
  current integer NOT NULL,
  expires_at bigint NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX IF NOT EXISTS state_window_counters_expiry ON state_window_counters (expires_at);

-- The store's clock in milliseconds.
CREATE OR REPLACE FUNCTION state_now_ms() RETURNS bigint LANGUAGE sql VOLATILE
  RETURN floor(date_part('epoch', clock_timestamp()) * 1000)::bigint;

-- One hit of an exact window; p_cost 0 asks without counting. The clock is read after the row is locked, so that instants in
-- a row never run backwards.
CREATE OR REPLACE FUNCTION state_hit_exact(
  p_key text, p_limit integer, p_window bigint, p_cost integer,
  OUT allowed integer, OUT now_ms bigint, OUT hit_count integer, OUT oldest_ms bigint, OUT blocking_ms bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  kept jsonb;
  newest_ms bigint;
  need integer := greatest(p_cost, 1);
BEGIN
  IF p_cost = 0 THEN
    SELECT w.hits INTO kept FROM state_windows w WHERE w.key = p_key;
  ELSE
    LOOP
      SELECT w.hits INTO kept FROM state_windows w WHERE w.key = p_key FOR UPDATE;
      EXIT WHEN FOUND;
      INSERT INTO state_windows VALUES (p_key, '[]', floor(date_part('epoch', clock_timestamp()) * 1000)::bigint + p_window)
        ON CONFLICT DO NOTHING;
    END LOOP;
  END IF;
  now_ms := floor(date_part('epoch', clock_timestamp()) * 1000);
  kept := coalesce(kept, '[]');
  hit_count := jsonb_array_length(kept);
  IF hit_count > 0 THEN
    newest_ms := (kept -> -1)::bigint;
    IF newest_ms > now_ms THEN
      -- The clock was set back: the key's time stands still, but never for longer than a window.
      IF newest_ms > now_ms + p_window THEN kept := '[]'; ELSE now_ms := newest_ms; END IF;
    END IF;
    IF (kept -> 0)::bigint <= now_ms - p_window THEN
      kept := jsonb_path_query_array(kept, '$[*] ? (@ > $cutoff)', jsonb_build_object('cutoff', now_ms - p_window));
    END IF;
    hit_count := jsonb_array_length(kept);
  END IF;

  allowed := (hit_count + need <= p_limit)::integer;
  IF allowed = 1 AND p_cost > 0 THEN
    kept := kept || CASE p_cost WHEN 1 THEN to_jsonb(now_ms) ELSE to_jsonb(array_fill(now_ms, ARRAY[p_cost])) END;
    hit_count := hit_count + p_cost;
    -- The expiry in whole windows: it changes, and with it the index, once a window and not with every hit.
    UPDATE state_windows w SET hits = kept, expires_at = (now_ms / p_window + 2) * p_window WHERE w.key = p_key;
  END IF;
  oldest_ms := coalesce((kept -> 0)::bigint, now_ms);
  blocking_ms := CASE allowed WHEN 1 THEN now_ms ELSE (kept -> (hit_count + need - p_limit - 1))::bigint END;
END $$;

-- One hit of a two-counter window; p_cost 0 asks without counting.
CREATE OR REPLACE FUNCTION state_hit_counters(
  p_key text, p_limit integer, p_window bigint, p_cost integer,
  OUT allowed integer, OUT now_ms bigint, OUT new_slot bigint, OUT new_previous integer, OUT new_current integer
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  kept state_window_counters%ROWTYPE;
  counted bigint;
BEGIN
  IF p_cost = 0 THEN
    SELECT * INTO kept FROM state_window_counters c WHERE c.key = p_key;
  ELSE
    LOOP
      SELECT * INTO kept FROM state_window_counters c WHERE c.key = p_key FOR UPDATE;
      EXIT WHEN FOUND;
      INSERT INTO state_window_counters VALUES (p_key, 0, 0, 0, state_now_ms() + p_window) ON CONFLICT DO NOTHING;
    END LOOP;
  END IF;
  now_ms := state_now_ms();
  new_slot := now_ms / p_window;
  IF kept.slot = new_slot + 1 THEN
    -- The clock was set back across the slot's begin: the key's time stands still there.
    new_slot := kept.slot;
    now_ms := new_slot * p_window;
  END IF;
  new_previous := CASE kept.slot WHEN new_slot THEN kept.previous WHEN new_slot - 1 THEN kept.current ELSE 0 END;
  new_current := CASE kept.slot WHEN new_slot THEN kept.current ELSE 0 END;
  -- Rounded up without leaving the whole numbers.
  counted := (new_previous * (p_window - (now_ms - new_slot * p_window)) + p_window - 1) / p_window + new_current;
  allowed := (counted + greatest(p_cost, 1) <= p_limit)::integer;
  IF allowed = 1 AND p_cost > 0 THEN
    new_current := new_current + p_cost;
    UPDATE state_window_counters c
      SET slot = new_slot, previous = new_previous, current = new_current, expires_at = (new_slot + 2) * p_window
      WHERE c.key = p_key;
  END IF;
END $$;

-- Exists when everything above does.
CREATE OR REPLACE VIEW state_schema_1 AS SELECT 1 AS version;
