// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.

/** What may be hidden from a class, and which state the printed sheet shows on screens that have none. */
export interface ShareData {
  /** The command that opens the app to other computers. */
  command: string;
  /** Titles, each with the names and labels of what a teacher may hide. */
  groups: [string, [string, string][]][];
  /** The title of the group that can be chosen for an iframe. */
  panels: string;
  /** The most characters of a task. */
  longest: number;
  /** The paths of the Trade-off screen. */
  room: string[];
  /** The link parameters of the Trade-off screen as it was last. */
  held: Record<string, string>;
  /** Colours for the style sheet: chosen. */
  colours: Record<string, string>;
}
