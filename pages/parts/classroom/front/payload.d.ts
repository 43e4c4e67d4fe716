// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.

/** How a link to a screen is opened, and what opens the app to other computers. */
export interface ClassData {
  /** The title of every screen, by its path. */
  titles: Record<string, string>;
  /** The paths of the Trade-off screen. */
  room: string[];
  /** The model that a link without one means. */
  model: string;
  /** And the digit. */
  digit: string;
  /** The link parameters that belong to the frame and not to a screen. */
  frame: string[];
  /** The command that opens the app to other computers. */
  command: string;
  /** Colours for the style sheet: chosen. */
  colours: Record<string, string>;
}
