import { base62 } from '#libs/ids';

const PREFIX = 'simpletuner_scratch_';
/** What a killed process has left is dropped when it is this old. */
const LEFT_SECONDS = 86_400;

/** A name for a scratch database, which says when it was made, by the clock of the database server: those of its users differ. */
export function scratchName(nowSeconds: number): string {
  return `${PREFIX}${nowSeconds}_${base62(8).toLowerCase()}`;
}

/** Those among the names of databases that a killed process has left. */
export function leftScratches(names: readonly string[], nowSeconds: number): string[] {
  return names.filter((name) => {
    const match = /^simpletuner_scratch_(\d+)_[a-z0-9]+(_old)?$/.exec(name);
    return match !== null && Number(match[1]) < nowSeconds - LEFT_SECONDS;
  });
}
