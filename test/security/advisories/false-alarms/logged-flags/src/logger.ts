export class Logger {
  private log(level: 'error' | 'warn' | 'info', message: string, ...args: unknown[]): void {
    switch (level) {
      case 'error':
        console.error(message, ...args);
        break;
      case 'warn':
        console.warn(message, ...args);
        break;
      default:
        console.log(message, ...args);
    }
  }

  warn(message: string, ...args: unknown[]): void {
    this.log('warn', message, ...args);
  }

  info(message: string, ...args: unknown[]): void {
    this.log('info', message, ...args);
  }
}

export const logger = new Logger();
