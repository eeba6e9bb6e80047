import { Injectable } from '@nestjs/common';
import { redactText } from '#libs/log';
import { EgressGuard, traceRequest, type TraceStep } from '#libs/outbound';
import { wordsFor } from './connection-words.js';
import { outboundSettingsOf } from './outbound-settings.js';
import { ProviderRegistry } from './provider-registry.js';
import { ProviderSettingsService, SettingsWorld } from './provider-settings.service.js';

export interface ConnectionStep extends Pick<TraceStep, 'name' | 'durationMs' | 'address'> {
  readonly isOk: boolean;
  readonly detail: string;
}

/** How far a call to the provider came. */
export interface ConnectionReport {
  readonly isOk: boolean;
  readonly steps: readonly ConnectionStep[];
  /** What to do, or that nothing is to be done. */
  readonly hint: string;
}

/** Tries the way to a provider, with settings that need not be stored yet, and tells where it ends. */
@Injectable()
export class ConnectionTest {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly settings: ProviderSettingsService,
    private readonly guard: EgressGuard,
    private readonly world: SettingsWorld,
  ) {}

  /** @throws DomainError not_found; validation_error and invalid_input for settings that could not be stored either. */
  async run(provider: string, change: Readonly<Record<string, unknown>>): Promise<ConnectionReport> {
    const adapter = this.registry.get(provider);
    const { values, sources } = await this.settings.preview(adapter.name, change);
    const probe = await adapter.connectionProbe();
    if (!probe) return { isOk: true, steps: [], hint: 'This provider runs on this machine: no connection is needed.' };
    const { noProxy } = this.world.config.settings;
    const outbound = await outboundSettingsOf(values, noProxy);
    const net = { clock: this.world.clock, guard: this.guard, reach: 'any' } as const;
    const trace = await traceRequest(probe.request, outbound, net);
    const context = {
      destination: probe.request.url.host,
      verifiesCertificates: outbound.verifiesCertificates,
      hasProxy: outbound.proxyUrl !== '',
    };
    const worded = trace.steps.map((step) => ({ step, words: wordsFor(step, context) }));
    const steps = worded.map(({ step, words }) => stepOf(step, words.detail));
    const fixed = Object.keys(change).filter((name) => sources[name] === 'environment');
    const note =
      fixed.length === 0 ? '' : ` The environment decides ${fixed.join(', ')}; what was sent does not count.`;
    const hint = worded.find(({ words }) => words.hint !== undefined)?.words.hint;
    if (hint !== undefined || !trace.answer)
      return { isOk: false, steps, hint: `${hint ?? 'Look at the last step.'}${note}` };
    const verdict = probe.judge(trace.answer);
    const [last, ...before] = steps.toReversed();
    const told = last && {
      ...last,
      isOk: verdict.isValid,
      detail: redactText(`${last.detail}: ${trace.answer.status}`),
    };
    return {
      isOk: verdict.isValid,
      steps: told ? [...before.reverse(), told] : steps,
      hint: `${redactText(verdict.message)}${note}`,
    };
  }
}

function stepOf({ name, durationMs, address, failure }: TraceStep, detail: string): ConnectionStep {
  return {
    name,
    isOk: failure === undefined,
    detail: redactText(detail),
    durationMs,
    ...(address !== undefined && { address }),
  };
}
