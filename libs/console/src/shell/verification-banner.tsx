import { ExclamationTriangleIcon } from '@radix-ui/react-icons';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { providersQuery, settingsQuery, SLOW_POLL_MS } from '../api/queries';
import { useTexts } from '../language/language';
import { useSession } from '../session/session';

/** Says on every page which providers are called without looking at their certificates. */
export function VerificationBanner() {
  const t = useTexts();
  const { may } = useSession();
  const { data: providers = [] } = useQuery({ ...providersQuery, enabled: may('config.view') });
  const settings = useQueries({
    queries: providers.map(({ name }) => ({ ...settingsQuery(name), refetchInterval: SLOW_POLL_MS })),
  });
  const open = settings.flatMap(({ data }) =>
    data?.data.settings['ssl_verify'] === false ? [data.data.provider] : [],
  );
  if (open.length === 0) return null;
  return (
    <div className="banner" role="alert">
      <ExclamationTriangleIcon />
      <p>{t.settings.verificationOff}</p>
      {open.map((provider) => (
        <Link key={provider} to="/cloud/configuration/$provider" params={{ provider }}>
          {provider}
        </Link>
      ))}
    </div>
  );
}
