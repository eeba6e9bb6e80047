import { Injectable } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Clock } from '#libs/clock';
import { EgressGuard, OutboundClient, type OutboundSettings } from '#libs/outbound';
import { signWebhook } from '#libs/webhook-signature';
import { Config, expandHome } from '../../config/index.js';

const RANDOM_STEPS = 1_000_000;

/** Sends signed documents to the receiver that `SIMPLETUNER_AUDIT_FORWARD_URL` names. */
@Injectable()
export class SiemClient {
  private readonly client: OutboundClient;
  private readonly url: URL | undefined;

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
  ) {
    const { auditForwardUrl } = config.settings;
    this.url = auditForwardUrl === '' ? undefined : new URL(auditForwardUrl);
    this.client = new OutboundClient({
      clock,
      random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
      // The address is the operator's word, so it may well be an inner one.
      guard: new EgressGuard(),
      reach: 'any',
      settings: () => this.settings(),
    });
  }

  get isConfigured(): boolean {
    return this.url !== undefined;
  }

  /**
   * Resolves once the receiver has taken the document. `id` names it: a receiver that sees an id again has it already.
   * @throws OutboundError when nobody answers, Error when the receiver refuses.
   */
  async send(id: string, body: string): Promise<void> {
    if (!this.url) return;
    const signature = signWebhook({
      id,
      timeMs: this.clock.now(),
      body,
      secrets: [this.config.settings.auditForwardSecret],
    });
    const headers = { 'content-type': 'application/json', ...signature };
    const { status } = await this.client.send({ method: 'POST', url: this.url, headers, body, isRepeatable: true });
    if (status < 200 || status > 299) throw new Error(`The receiver of audit rows answered ${status}`);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async settings(): Promise<OutboundSettings> {
    const { httpsProxy, httpProxy, noProxy, caBundle, sslVerify, httpTimeoutMs } = this.config.settings;
    return {
      proxyUrl: httpsProxy || httpProxy,
      noProxy,
      certificates: caBundle === '' ? '' : await readFile(expandHome(caBundle), 'utf8'),
      verifiesCertificates: sslVerify,
      timeoutMs: httpTimeoutMs,
    };
  }
}
