import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const BACKEND = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2023', manifest: true, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': BACKEND, '/socket.io': { target: BACKEND, ws: true } } },
});
