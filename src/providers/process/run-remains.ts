import { readdir, readFile } from 'node:fs/promises';

/**
 * Kills what is left of a run whose supervisor is gone: nobody records its exit code any more, and it would hold the GPU
 * for ever. A process belongs to the run when it was started with the run's own config file in its environment, so that
 * neither a reused pid nor another run is ever hit. Linux only: elsewhere environments cannot be read.
 */
export async function killRemains(configFile: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const mark = `SIMPLETUNER_CONFIG_FILE=${configFile}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  await Promise.all(pids.map((pid) => killIfMarked(pid, mark)));
}

async function killIfMarked(pid: string, mark: string): Promise<void> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    if (environment.split('\0').includes(mark)) process.kill(Number(pid), 'SIGKILL');
  } catch {
    // It has ended meanwhile, or belongs to another user and thus not to the run.
  }
}
