import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { sessionQuery } from '../api/session.ts';
import { OverviewPage } from '../features/overview/overview-page.tsx';
import { OncePage } from '../features/session/once-page.tsx';
import { PasswordPage } from '../features/session/password-page.tsx';
import { SignInPage } from '../features/session/sign-in-page.tsx';
import { LiveProvider } from '../live/live-provider.tsx';
import { NowProvider } from '../time/now.tsx';
import { Failure, Loading } from '../ui/view-state.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { Shell } from './shell.tsx';

const ServicePage = lazy(() => import('../features/service/service-page.tsx').then((m) => ({ default: m.ServicePage })));
const AlertsPage = lazy(() => import('../features/alerts/alerts-page.tsx').then((m) => ({ default: m.AlertsPage })));
const SilencesPage = lazy(() => import('../features/alerts/silences-page.tsx').then((m) => ({ default: m.SilencesPage })));
const IncidentsPage = lazy(() => import('../features/incidents/incidents-page.tsx').then((m) => ({ default: m.IncidentsPage })));
const IncidentPage = lazy(() => import('../features/incidents/incident-page.tsx').then((m) => ({ default: m.IncidentPage })));
const SourcesPage = lazy(() => import('../features/sources/sources-page.tsx').then((m) => ({ default: m.SourcesPage })));
const SettingsPage = lazy(() => import('../features/settings/settings-page.tsx').then((m) => ({ default: m.SettingsPage })));

/** Decides what is shown: the sign-in pages, or the console for someone signed in. */
export function App() {
  const session = useQuery(sessionQuery());
  const [skipped, setSkipped] = useState(false);
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
  if (session.data.mustSetPassword && !skipped) {
    return <PasswordPage {...(session.data.demo === null ? {} : { onSkip: () => setSkipped(true) })} />;
  }
  return (
    <LiveProvider>
      <NowProvider>
        <Shell session={session.data}>
          <Views />
        </Shell>
      </NowProvider>
    </LiveProvider>
  );
}

function Views() {
  return (
    <Suspense fallback={<Loading what="the view" />}>
      <Routes>
        <Route path="/" element={<OverviewPage />} />
        <Route path="/service/:environment/:cluster/:service" element={<ServicePage />} />
        <Route path="/alerts" element={<AlertsPage />} />
        <Route path="/silences" element={<SilencesPage />} />
        <Route path="/incidents" element={<IncidentsPage />} />
        <Route path="/incidents/:id" element={<IncidentPage />} />
        <Route path="/sources" element={<SourcesPage />} />
        <Route path="/settings" element={<SettingsPage />} />
        <Route path="/login" element={<Navigate to="/" replace />} />
        <Route path="/login/once" element={<Navigate to="/" replace />} />
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </Suspense>
  );
}
