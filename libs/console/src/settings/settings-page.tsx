import { ExclamationTriangleIcon } from '@radix-ui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Navigate } from '@tanstack/react-router';
import { providersQuery, settingsQuery } from '../api/queries';
import type { ProviderSettings } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { useSession } from '../session/session';
import { Page, Panel } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { sections } from './fields';
import { Setting } from './setting';
import { Token } from './token';
import { Trials } from './trials';

const route = getRouteApi('/cloud/configuration/$provider');

/** Without a provider in the address: the first there is. */
export function SettingsHome() {
  const t = useTexts();
  return (
    <Loaded query={useQuery(providersQuery)}>
      {([first]) =>
        first ? (
          <Navigate to="/cloud/configuration/$provider" params={{ provider: first.name }} replace />
        ) : (
          <Page title={t.settings.title}>
            <Empty title={t.settings.noProviders} />
          </Page>
        )
      }
    </Loaded>
  );
}

export function SettingsPage() {
  const t = useTexts();
  const { provider } = route.useParams();
  const { data: providers = [] } = useQuery(providersQuery);
  const query = useQuery(settingsQuery(provider));
  return (
    <Page title={t.settings.title} intro={t.settings.intro}>
      <nav className="tabs" aria-label={t.settings.providers}>
        {providers.map(({ name }) => (
          <Link
            key={name}
            to="/cloud/configuration/$provider"
            params={{ provider: name }}
            className="tab"
            activeProps={{ 'aria-current': 'page' }}
          >
            {name}
          </Link>
        ))}
      </nav>
      <Loaded query={query} lines={8}>
        {({ data }) => <Sections key={data.provider} settings={data} />}
      </Loaded>
    </Page>
  );
}

function Sections({ settings }: { readonly settings: ProviderSettings }) {
  const t = useTexts();
  const { may } = useSession();
  const shown = sections
    .map(([name, shapes]) => ({ name, shapes: shapes.filter((shape) => shape.name in settings.settings) }))
    .filter(({ shapes }) => shapes.length > 0);
  return (
    <>
      <VerificationWarning settings={settings} />
      <Token provider={settings.provider} />
      {shown.map(({ name, shapes }) => (
        <Panel key={name} title={t.settings.sections[name].title} intro={t.settings.sections[name].help}>
          <div className="settings">
            {shapes.map((shape) => (
              <Setting key={shape.name} shape={shape} settings={settings} />
            ))}
          </div>
        </Panel>
      ))}
      {may('admin.config') && <Trials provider={settings.provider} />}
    </>
  );
}

function VerificationWarning({ settings }: { readonly settings: ProviderSettings }) {
  const t = useTexts();
  const format = useFormats();
  if (settings.settings['ssl_verify'] !== false) return null;
  const { ssl_verify_expires_at: until } = settings;
  return (
    <div className="warning">
      <ExclamationTriangleIcon />
      <p>
        {t.settings.verificationOffHere}
        {until !== null && ` ${t.settings.verificationBack(format.instant(until))}`}
      </p>
    </div>
  );
}
