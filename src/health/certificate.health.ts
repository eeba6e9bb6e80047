import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Config } from '../config/index.js';
import { PublicCertificate, type CertificateStatus } from '../http/index.js';
import { HealthRegistry, type Finding } from './health.registry.js';

const DAY_MS = 86_400_000;
/** Let's Encrypt renews a month before the end: closer than this, renewing has failed for a while. */
const WARNING_MS = 14 * DAY_MS;

/** Tells of the certificate of the public listener, where there is one. */
@Injectable()
export class CertificateHealth {
  constructor(
    config: Config,
    health: HealthRegistry,
    certificate: PublicCertificate,
    private readonly clock: Clock,
  ) {
    const { sslCert, publicPort } = config.settings;
    if (sslCert === '' || publicPort === 0) return;
    health.add('certificate', () => Promise.resolve(this.finding(certificate.status)));
  }

  private finding(status: CertificateStatus | undefined): Finding {
    if (!status) return { status: 'healthy', message: 'Not served yet' };
    const leftMs = status.expiresAtMs - this.clock.now();
    const until = `until ${new Date(status.expiresAtMs).toISOString()}`;
    if (leftMs <= 0) return { status: 'unhealthy', message: `Expired: it was valid ${until}` };
    if (status.problem !== undefined)
      return {
        status: 'degraded',
        message: `The files cannot be used (${status.problem}); the former is valid ${until}`,
      };
    return { status: leftMs < WARNING_MS ? 'degraded' : 'healthy', message: `Valid ${until}` };
  }
}
