import { createHash, timingSafeEqual } from 'node:crypto';
import express from 'express';
import { logger } from './logger.js';

interface Context {
  apiUrl?: string;
  apiKey?: string;
  instanceId?: string;
}

const app = express();
const wanted = createHash('sha256').update(process.env['AUTH_TOKEN'] ?? '').digest();

function contextOf(headers: Record<string, string | undefined>): Context {
  return { apiUrl: headers['x-api-url'], apiKey: headers['x-api-key'], instanceId: headers['x-instance-id'] };
}

app.post('/mcp', express.json({ limit: '100kb' }), (request, response) => {
  const header = request.headers.authorization;
  if (!header?.startsWith('Bearer ')) {
    const reason = header ? 'invalid_auth_format' : 'no_auth_header';
    logger.warn('Authentication failed', { ip: request.ip, userAgent: request.get('user-agent'), reason });
    response.status(401).end();
    return;
  }
  const given = createHash('sha256').update(header.slice(7).trim()).digest();
  if (!timingSafeEqual(given, wanted)) {
    logger.warn('Authentication failed', { ip: request.ip, reason: 'invalid_token' });
    response.status(401).end();
    return;
  }
  const context = contextOf(request.headers as Record<string, string | undefined>);
  logger.info('Context of the request', {
    hasUrl: !!context.apiUrl,
    hasKey: !!context.apiKey,
    instanceId: context.instanceId ? `${context.instanceId.substring(0, 8)}...` : undefined,
    host: context.apiUrl ? new URL(context.apiUrl).hostname : undefined,
    sessionId: request.headers['mcp-session-id'],
  });
  response.status(202).end();
});

app.listen(3000, '127.0.0.1');
