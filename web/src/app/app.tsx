import { useQuery } from '@tanstack/react-query';
import type { SessionView } from '@tila/contract/session.ts';
import { lazy, Suspense } from 'react';
import { Navigate, Route, Routes, useLocation } from 'react-router';
import { sessionQuery } from '../api/session.ts';
import { OverviewPage } from '../features/overview/overview-page.tsx';
import { OncePage } from '../features/session/once-page.tsx';
import { PasswordForm } from '../features/session/password-form.tsx';
import { PasswordPage } from '../features/session/password-page.tsx';
import { SignInPage } from '../features/session/sign-in-page.tsx';
import { LiveProvider } from '../live/live-provider.tsx';
import { NowProvider } from '../time/now.tsx';
import { usePersisted } from '../ui/persisted.ts';
import { Failure, Loading } from '../ui/view-state.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { Shell } from './shell.tsx';
import { ViewBoundary } from './view-boundary.tsx';

const ServicePage = lazy(() => import('../features/service/service-page.tsx').then((m) => ({ default: m.ServicePage })));
const AlertsPage = lazy(() => import('../features/alerts/alerts-page.tsx').then((m) => ({ default: m.AlertsPage })));
const SilencesPage = lazy(() => import('../features/alerts/silences-page.tsx').then((m) => ({ default: m.SilencesPage })));
const IncidentsPage = lazy(() => import('../features/incidents/incidents-page.tsx').then((m) => ({ default: m.IncidentsPage })));
const IncidentPage = lazy(() => import('../features/incidents/incident-page.tsx').then((m) => ({ default: m.IncidentPage })));
const SourcesPage = lazy(() => import('../features/sources/sources-page.tsx').then((m) => ({ default: m.SourcesPage })));
const RulesPage = lazy(() => import('../features/rules/rules-page.tsx').then((m) => ({ default: m.RulesPage })));
const RunbookPage = lazy(() => import('../features/runbook/runbook-page.tsx').then((m) => ({ default: m.RunbookPage })));
const SettingsPage = lazy(() => import('../features/settings/settings-page.tsx').then((m) => ({ default: m.SettingsPage })));

/** Decides what is shown: the sign-in pages, or the console for someone signed in. */
export function App() {
  const session = useQuery(sessionQuery());
  if (location.pathname === '/login/once') {
    return <OncePage />;
  }
  if (session.isPending) {
    return <Loading what="the console" rows={0} />;
  }
  if (session.data === undefined) {
    return <Failure what="the console" error={session.error} onRetry={() => void session.refetch()} />;
  }
  if (session.data === null) {
    return <SignInPage />;
  }
  return <SignedIn session={session.data} />;
}

interface SignedInProps {
  readonly session: SessionView;
}

function SignedIn({ session }: SignedInProps) {
  const [password, setPassword] = usePersisted(`tila-password-of-${session.user}`, ['ask', 'later']);
  const mayWait = session.demo !== null;
  if (session.mustSetPassword && !(mayWait && password === 'later')) {
    return <PasswordPage user={session.user} {...(mayWait ? { onSkip: () => setPassword('later') } : {})} />;
  }
  return (
    <LiveProvider>
      <NowProvider>
        <Shell session={session}>
          <Views session={session} />
        </Shell>
      </NowProvider>
    </LiveProvider>
  );
}

function Views({ session }: SignedInProps) {
  const { pathname } = useLocation();
  return (
    <ViewBoundary key={pathname}>
      <Suspense fallback={<Loading what="the view" />}>
        <Routes>
          <Route path="/" element={<OverviewPage />} />
          <Route path="/service/:environment/:cluster/:service" element={<ServicePage />} />
          <Route path="/alerts" element={<AlertsPage />} />
          <Route path="/silences" element={<SilencesPage />} />
          <Route path="/incidents" element={<IncidentsPage />} />
          <Route path="/incidents/:id" element={<IncidentPage />} />
          <Route path="/sources" element={<SourcesPage />} />
          <Route path="/rules" element={<RulesPage />} />
          <Route path="/runbooks/:name" element={<RunbookPage />} />
          <Route
            path="/settings"
            element={<SettingsPage password={<PasswordForm user={session.user} needsCurrent={!session.mustSetPassword} />} />}
          />
          <Route path="/login" element={<Navigate to="/" replace />} />
          <Route path="/login/once" element={<Navigate to="/" replace />} />
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </Suspense>
    </ViewBoundary>
  );
}
