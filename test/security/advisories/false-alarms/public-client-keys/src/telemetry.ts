import * as Sentry from '@sentry/node';
import { createClient } from '@supabase/supabase-js';

const BACKEND = {
  URL: 'https://abcdefghijklmnopqrst.supabase.co',
  ANON_KEY: 'sb_publishable_Xq7mN2vLk9pRt4wYz8Bc3D_fGhJ1sKe',
};

export const backend = createClient(BACKEND.URL, BACKEND.ANON_KEY);

export function startReports(version: string): void {
  Sentry.init({
    dsn: 'https://4f1c2a7be93d4c58a0f6d2b17e8c9a35@o123456.ingest.us.sentry.io/4501234567890123',
    release: version,
  });
}
