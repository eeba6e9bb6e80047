import { base62 } from '#libs/ids';

const PREFIX = 'simpletuner_scratch_';
/** What a killed process has left is dropped when it is this old. */
const LEFT_SECONDS = 86_400;

/** A name for a scratch database, which says when it was made. */
export function scratchName(nowMs: number): string {
  return `${PREFIX}${Math.trunc(nowMs / 1_000)}_${base62(8).toLowerCase()}`;
}

/** Those among the names of databases that a killed process has left. */
export function leftScratches(names: readonly string[], nowMs: number): string[] {
  return names.filter((name) => {
    const match = /^simpletuner_scratch_(\d+)_[a-z0-9]+(_old)?$/.exec(name);
    return match !== null && Number(match[1]) < nowMs / 1_000 - LEFT_SECONDS;
  });
}
