import { formsOf } from './secret-forms.ts';

/** A shorter text occurs by chance. */
const SHORTEST = 6;

/** Makes a test of whether a text holds one secret, in any of its usual encodings. One that is too short is never held. */
export function createHolds(secret: string): (text: string) => boolean {
  const forms = secret.length < SHORTEST ? [] : formsOf(secret).filter((form) => form.length >= SHORTEST);
  return (text) => {
    const folded = text.toLowerCase();
    return forms.some((form) => folded.includes(form));
  };
}
