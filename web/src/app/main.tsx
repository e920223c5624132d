import '../theme/mantine.css';
import '../theme/tokens.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { retryDelay, shouldRetry } from '../api/retry.ts';
import { theme, variables } from '../theme/theme.ts';
import { ZoneProvider } from '../time/zone.tsx';
import { App } from './app.tsx';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: shouldRetry,
      retryDelay: (failures) => retryDelay(failures, Math.random()),
      staleTime: 5000,
    },
    mutations: { retry: false },
  },
});

const root = document.getElementById('root');
if (root === null) {
  throw new Error('index.html has no #root');
}
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="dark">
      <QueryClientProvider client={queries}>
        <ZoneProvider>
          <BrowserRouter>
            <App />
          </BrowserRouter>
        </ZoneProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
