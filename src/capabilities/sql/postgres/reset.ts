import type { Client } from 'pg';

const RESET_MS = 5000;

/**
 * Takes out of a session what its statements left there: settings, temporary tables, advisory locks, prepared statements,
 * channels, the last values of sequences. A function that the owner of the database wrote can leave any of them, and a
 * trigger can call one.
 * @returns false for a connection that has to be closed.
 */
export async function resetSession(client: Client): Promise<boolean> {
  const timer = setTimeout(() => client.connection.stream.destroy(), RESET_MS);
  try {
    await client.query('DISCARD ALL');
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
