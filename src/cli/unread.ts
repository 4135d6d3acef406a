/**
 * Lets a command go on when nobody reads what it says any more, as in `portcullis log show | head -1`: what it was doing
 * is done, and its exit code stays true. One that runs until it is stopped is stopped, in its own order.
 * @returns Whether the reader of a stream has gone.
 */
export function bearUnread(streams: readonly NodeJS.WriteStream[]): (stream: NodeJS.WriteStream) => boolean {
  const unread = new Set<NodeJS.WriteStream>();
  let asked = false;
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      unread.add(stream);
      // A second signal means at once: it is given once, and only to those that wait for one.
      if (asked || process.listenerCount('SIGTERM') === 0) return;
      asked = true;
      process.emit('SIGTERM', 'SIGTERM');
    });
  }
  return (stream) => unread.has(stream);
}
