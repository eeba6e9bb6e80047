import { spawn } from 'node:child_process';

/**
 * Stands between the server and the trainer, so that neither log nor exit code depends on the server being there.
 * Arguments: work folder, bytes of one log segment, then the command. Files that it writes:
 * - `claim/`: made by the first supervisor of the folder; a second one ends at once, so a run is never started twice;
 * - `started`: its pid and start time, in two lines; it leads the process group until everything of the run has ended;
 * - `log` and `log.1`: the newest output, at most two segments; `log.cut` when older output has been dropped;
 * - `exit`: the command's exit code, also when the disk was full for a while (but not when the folder is gone);
 * - `drained`: the log is complete.
 * Each file appears whole (written beside, then renamed). SIGTERM to the group reaches the command alone: the shells
 * take it without ending, so that the exit code of a command that stops in good order is still recorded.
 */
const SCRIPT = `
folder=$1; segment=$2; shift 2
mkdir "$folder/claim" 2>/dev/null || exit 0
if [ -r /proc/self/stat ]; then
  stat=$(cat /proc/$$/stat)
  start="$(cat /proc/sys/kernel/random/boot_id) $(set -- \${stat##*) }; echo "\${20}")"
else
  start=$(echo $(TZ=UTC LC_ALL=C ps -o lstart= -p $$))
fi
printf '%s\\n%s\\n' "$$" "$start" >"$folder/started.new" && mv -f "$folder/started.new" "$folder/started" || exit 1
trap : HUP INT TERM
{
  trap : HUP INT TERM
  "$@" </dev/null
  code=$?
  trap '' HUP INT TERM
  until echo "$code" >"$folder/exit.new" && mv -f "$folder/exit.new" "$folder/exit"; do
    [ -d "$folder" ] || break
    sleep 5
  done
  kill -TERM 0
} 2>&1 | {
  trap '' HUP INT TERM
  while report=$(LC_ALL=C dd bs=4096 count=1024 2>&1 >>"$folder/log") ||
    report=$(LC_ALL=C dd bs=4096 count=1024 of=/dev/null 2>&1); do
    case $report in "0+0 records in"*) break ;; esac
    [ "$(($(wc -c <"$folder/log")))" -lt "$segment" ] && continue
    [ ! -e "$folder/log.1" ] || : >"$folder/log.cut"
    mv -f "$folder/log" "$folder/log.1"
  done
}
: >"$folder/drained"
`;

/** Bytes of one log segment; the log on disk stays below two of them and a little. */
export const LOG_SEGMENT_BYTES = 8_388_608;

export interface SupervisedCommand {
  readonly folder: string;
  /** Absolute path of the program, then its arguments. */
  readonly command: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logSegmentBytes: number;
}

/**
 * Starts the command under its supervisor, in a process group of its own that outlives this process.
 * Resolves once the supervisor's process exists; what it does is told by its files.
 */
export function startSupervised(run: SupervisedCommand): Promise<void> {
  return new Promise((resolve, reject) => {
    const parameters = ['-c', SCRIPT, 'simpletuner-job', run.folder, String(run.logSegmentBytes), ...run.command];
    const child = spawn('/bin/sh', parameters, {
      cwd: run.workingDirectory,
      env: { ...run.environment },
      detached: true,
      stdio: 'ignore',
    });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
