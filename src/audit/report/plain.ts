import { neutralise } from '../../text/neutralise.ts';
import type { Finding } from '../model.ts';

/** A place as editors and terminals make a link of it. */
export function placeText(place: Finding['place']): string {
  return 'file' in place ? `${plain(place.file)}:${place.line}:${place.column}` : plain(place.exchange);
}

/** One line, without anything that a terminal obeys: names and evidence are of whoever is audited. */
export function plain(text: string): string {
  const line = neutralise(text).replaceAll(/\s+/g, ' ');
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}
