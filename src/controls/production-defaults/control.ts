import type { StartCheck } from '../../pipeline/start.ts';

/**
 * Refuses in production whatever is fit for one's own machine only: no issuer, the embedded authorization server, a
 * wildcard origin or host, no audit log, any `insecure...` symbol.
 */
export function configure(): StartCheck {
  return function productionDefaults({ profile, http, hasIssuer, devAuthorizationServer, hasRecorder, insecure }) {
    const problems = [];
    if (http !== undefined) {
      if ([...http.allowedOrigins].some((origin) => origin.includes('*')))
        problems.push('http.allowedOrigins: list exact origins; "*" is none.');
      if ([...http.allowedHosts].some((host) => host.includes('*')))
        problems.push('http.allowedHosts: list exact names; "*" is none.');
    }
    if (profile !== 'production') return problems;
    if (http !== undefined && !hasIssuer) problems.push('auth.issuers: production serves HTTP with an issuer only.');
    if (devAuthorizationServer)
      problems.push('auth: the embedded authorization server is for the dev profile. Name your own issuer.');
    if (!hasRecorder)
      problems.push('recorder: production keeps an audit log. Give the one of openLog(), or run `portcullis serve`.');
    if (insecure.length > 0)
      problems.push(`production refuses ${insecure.join(', ')}. Remove it from the server's "insecure" list.`);
    return problems;
  };
}
