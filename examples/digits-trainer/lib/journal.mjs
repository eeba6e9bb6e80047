// @ts-check
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** The run's log (standard output and `train.log`) and its numbers (`metrics.jsonl`). */
export class Journal {
  /**
   * @param {string} directory
   * @param {(line: string) => void} print
   */
  constructor(directory, print) {
    this.logFile = join(directory, 'train.log');
    this.metricsFile = join(directory, 'metrics.jsonl');
    this.print = print;
    this.open = true;
    appendFileSync(this.logFile, '');
    appendFileSync(this.metricsFile, '');
  }

  /** @param {string} line */
  log(line) {
    this.print(line);
    // Synchronous: the log must hold the line that came before a crash.
    if (this.open) appendFileSync(this.logFile, `${new Date().toISOString()} ${line}\n`);
  }

  /** @param {Record<string, number>} numbers */
  measure(numbers) {
    appendFileSync(this.metricsFile, `${JSON.stringify({ time: new Date().toISOString(), ...numbers })}\n`);
  }

  /** From here on lines are only printed: the file is about to be uploaded and must not change under the upload. */
  closeFile() {
    this.open = false;
  }
}
