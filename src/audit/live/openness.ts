import type { LiveSubject } from './subject.ts';

/** Whether the target serves its user without any token: then whoever reaches it may use it. */
export function isOpen(subject: LiveSubject): boolean {
  return !subject.has('user') && subject.eras.length > 0;
}
