import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { Injectable } from '@nestjs/common';
import { Clock, type Stoppable } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Config, StartError } from '../config/index.js';

const CHECK_INTERVAL_MS = 2_000;

const log = getLogger('http');

/** The certificate that the public listener shows. */
export interface CertificateStatus {
  /** Instant in milliseconds. */
  readonly expiresAtMs: number;
  /** Why the files as they are now are not what is shown; undefined while they are. */
  readonly problem: string | undefined;
}

/**
 * SIMPLETUNER_SSL_CERT and SIMPLETUNER_SSL_KEY: read at start, and again when what their paths lead to has changed (certbot swaps
 * links). A pair that cannot be used changes nothing.
 */
@Injectable()
export class PublicCertificate {
  private current: CertificateStatus | undefined;
  private seen = '';

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Undefined while the public listener speaks plain HTTP, or is off. */
  get status(): CertificateStatus | undefined {
    return this.current;
  }

  /** What to serve with, or undefined when no certificate is set. @throws StartError naming the settings. */
  open(): SecureContextOptions | undefined {
    const { sslCert } = this.config.settings;
    if (sslCert === '') return undefined;
    this.seen = this.version();
    try {
      return this.read();
    } catch (error) {
      throw new StartError(
        `The certificate ${sslCert} and its key cannot be used (${codeOf(error)}): check SIMPLETUNER_SSL_CERT and SIMPLETUNER_SSL_KEY`,
        { cause: error },
      );
    }
  }

  /** Calls `renewed` with every new pair that can be used. */
  watch(renewed: (options: SecureContextOptions) => void): Stoppable {
    return this.clock.every(CHECK_INTERVAL_MS, () => {
      const version = this.version();
      if (version === this.seen) return;
      this.seen = version;
      try {
        renewed(this.read());
        log.info('TLS certificate reloaded', { expires_at: new Date(this.current?.expiresAtMs ?? 0).toISOString() });
      } catch (error) {
        const problem = codeOf(error);
        if (this.current) this.current = { ...this.current, problem };
        log.warning('The renewed TLS certificate cannot be used; the former one stays', { problem });
      }
    });
  }

  /** The pair is tried before it is shown, so that a bad one never takes the place of a good one. */
  private read(): SecureContextOptions {
    const { sslCert, sslKey } = this.config.settings;
    const options = { cert: readFileSync(sslCert), key: readFileSync(sslKey), minVersion: 'TLSv1.2' as const };
    createSecureContext(options);
    this.current = { expiresAtMs: Date.parse(new X509Certificate(options.cert).validTo), problem: undefined };
    return options;
  }

  /** Changes whenever one of the files does, or what a link leads to. */
  private version(): string {
    const { sslCert, sslKey } = this.config.settings;
    return [sslCert, sslKey]
      .map((file) => statSync(file, { throwIfNoEntry: false }))
      .map((found) => (found ? `${found.ino} ${found.size} ${found.mtimeMs}` : 'none'))
      .join();
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
