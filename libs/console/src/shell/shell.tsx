import {
  ActivityLogIcon,
  ArchiveIcon,
  BarChartIcon,
  GearIcon,
  HeartIcon,
  ListBulletIcon,
  LockClosedIcon,
  PaperPlaneIcon,
  PersonIcon,
  TimerIcon,
} from '@radix-ui/react-icons';
import { Link, Outlet } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTexts } from '../language/language';
import { useSession } from '../session/session';
import { Button } from '../ui/button';
import { LiveUpdates, useIsLive } from './live';
import { Logo } from './logo';
import { LanguageSelect, ThemeSelect } from './preferences';
import { VerificationBanner } from './verification-banner';

/** What stands around every page: the ways to the others, what is live, and how it is shown. */
export function Shell() {
  const t = useTexts();
  return (
    <LiveUpdates>
      <a className="skip-link" href="#content">
        {t.shell.skip}
      </a>
      <div className="shell">
        <Navigation />
        <div className="shell-main">
          <TopBar />
          <VerificationBanner />
          <main id="content" tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
    </LiveUpdates>
  );
}

interface Place {
  readonly to: string;
  readonly label: string;
  readonly icon: ReactNode;
  readonly needs: readonly string[];
}

function Navigation() {
  const t = useTexts();
  const { may } = useSession();
  const cloud: readonly Place[] = [
    { to: '/cloud/jobs', label: t.jobs.title, icon: <ListBulletIcon />, needs: ['job.view.own', 'job.view.all'] },
    { to: '/cloud/configuration', label: t.settings.title, icon: <GearIcon />, needs: ['config.view'] },
  ];
  const admin: readonly Place[] = [
    { to: '/admin/health', label: t.health.title, icon: <HeartIcon />, needs: ['config.view'] },
    { to: '/admin/metrics', label: t.metrics.title, icon: <BarChartIcon />, needs: ['admin.metrics'] },
    { to: '/admin/webhooks', label: t.deliveries.title, icon: <PaperPlaneIcon />, needs: ['admin.config'] },
    { to: '/admin/audit', label: t.audit.title, icon: <ActivityLogIcon />, needs: ['admin.audit'] },
    { to: '/admin/rate-limits', label: t.rateLimits.title, icon: <TimerIcon />, needs: ['admin.config'] },
    { to: '/admin/secrets', label: t.secrets.title, icon: <LockClosedIcon />, needs: ['admin.secrets'] },
    { to: '/admin/api-keys', label: t.apiKeys.title, icon: <PersonIcon />, needs: ['api.keys.own'] },
    { to: '/admin/backups', label: t.backups.title, icon: <ArchiveIcon />, needs: ['admin.backup'] },
  ];
  const groups = [
    { name: t.shell.cloud, places: cloud.filter(({ needs }) => may(...needs)) },
    { name: t.shell.admin, places: admin.filter(({ needs }) => may(...needs)) },
  ];
  return (
    <nav className="navigation" aria-label={t.shell.navigation}>
      <Logo />
      {groups
        .filter(({ places }) => places.length > 0)
        .map(({ name, places }) => (
          <div key={name} className="navigation-group">
            <p>{name}</p>
            <ul>
              {places.map(({ to, label, icon }) => (
                <li key={to}>
                  <Link to={to} className="navigation-link" activeProps={{ 'aria-current': 'page' }} title={label}>
                    {icon}
                    <span>{label}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
    </nav>
  );
}

function TopBar() {
  const t = useTexts();
  const { me, signOut } = useSession();
  const isLive = useIsLive();
  return (
    <header className="top-bar">
      <p className={`live ${isLive ? 'live-on' : 'live-off'}`} role="status">
        <span className="live-dot" aria-hidden="true" />
        {isLive ? t.shell.live : t.shell.reconnecting}
      </p>
      <div className="preferences">
        <span className="who" title={t.shell.signedInAs(me.actor)}>
          {me.actor}
        </span>
        <LanguageSelect />
        <ThemeSelect />
        {signOut && (
          <Button kind="quiet" onClick={signOut}>
            {t.shell.signOut}
          </Button>
        )}
      </div>
    </header>
  );
}
