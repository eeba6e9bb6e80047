import type { ServerProcess } from './server.js';

/** What the Deployment allows a liveness probe. */
const LIVE_TIMEOUT_MS = 5_000;

/** Asks for liveness again and again, as an orchestrator would, with and without a credential. */
export class LiveWatch {
  readonly answers: (number | string)[] = [];
  private isOn = true;
  private readonly done: Promise<void>;

  constructor(server: ServerProcess) {
    this.done = this.run(server);
  }

  async end(): Promise<readonly (number | string)[]> {
    this.isOn = false;
    await this.done;
    return [...new Set(this.answers)];
  }

  private async run(server: ServerProcess): Promise<void> {
    const stranger = { 'X-Forwarded-For': '203.0.113.7' };
    const headers: Record<string, string>[] = [{}, stranger, { 'X-API-Key': `st_${'x'.repeat(32)}` }];
    for (let turn = 0; this.isOn; turn += 1) {
      const init = { headers: headers[turn % 3]!, signal: AbortSignal.timeout(LIVE_TIMEOUT_MS) };
      const paths = ['/api/cloud/health/live', '/api/cloud/health/startup'];
      const answers = await Promise.all(
        paths.map((path) => server.get(path, init).then(({ status }) => status, String)),
      );
      this.answers.push(...answers);
    }
  }
}
