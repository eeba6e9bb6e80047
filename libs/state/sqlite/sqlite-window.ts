import type { Database } from 'better-sqlite3';
import { checkHit, checkKey } from '../limits.js';
import { SlidingWindow, type WindowAnswer } from '../sliding-window.js';
import { forgottenAtMs, stepWindow, withoutHit, type WindowState } from '../window-state.js';
import type { SqliteTurns } from './sqlite-turns.js';

/** The pure window over a row per key: read, step and write under the file's write lock. */
export class SqliteWindow extends SlidingWindow {
  private readonly statements;

  constructor(
    database: Database,
    private readonly turns: SqliteTurns,
    private readonly keyPrefix: string,
  ) {
    super();
    this.statements = {
      read: database.prepare<[string], string>('SELECT state FROM state_windows WHERE key = ?').pluck(),
      write: database.prepare<[string, string, number]>(
        `INSERT INTO state_windows (key, state, expires_at) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at`,
      ),
      replace: database.prepare<[string, string]>('UPDATE state_windows SET state = ? WHERE key = ?'),
      remove: database.prepare<[string]>('DELETE FROM state_windows WHERE key = ?'),
    };
  }

  override hit(key: string, limit: number, windowMs: number, cost = 1): Promise<WindowAnswer> {
    return this.step(key, limit, windowMs, cost);
  }

  override peek(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    return this.step(key, limit, windowMs, 0);
  }

  override async refund(key: string, hit: WindowAnswer): Promise<void> {
    checkKey(key);
    const fullKey = this.keyPrefix + key;
    await this.turns.run(() => {
      const state = withoutHit(this.read(fullKey), hit);
      if (state) this.statements.replace.run(JSON.stringify(state), fullKey);
    });
  }

  override async reset(key: string): Promise<void> {
    checkKey(key);
    await this.turns.run(() => this.statements.remove.run(this.keyPrefix + key));
  }

  private async step(key: string, limit: number, windowMs: number, cost: number): Promise<WindowAnswer> {
    checkHit(key, limit, windowMs, cost);
    const fullKey = this.keyPrefix + key;
    return this.turns.run((nowMs) => {
      const { answer, next } = stepWindow(this.read(fullKey), { limit, windowMs, cost }, nowMs);
      if (next)
        this.statements.write.run(fullKey, JSON.stringify(next), coarse(forgottenAtMs(next, windowMs), windowMs));
      return answer;
    });
  }

  private read(fullKey: string): WindowState | undefined {
    const state = this.statements.read.get(fullKey);
    return state === undefined ? undefined : (JSON.parse(state) as WindowState);
  }
}

/** The expiry rounded up to whole windows: the index on it is then written once a window, not with every hit. */
function coarse(expiresAtMs: number, windowMs: number): number {
  return Math.ceil(expiresAtMs / windowMs) * windowMs;
}
