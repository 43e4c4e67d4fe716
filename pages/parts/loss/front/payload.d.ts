// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.

import type { Figure } from "../../front/plotly";

/** The element's data. What is long travels as JSON in a text, so that an equal text need not be read again. */
export interface LossData {
  /** The number of the last commit that Python has seen. */
  turn: number;
  /** JSON of a `LossTable`. */
  table: string;
}

/** One of the numbers that the loss implies. */
export interface TileData {
  /** Its name in the style sheet. */
  name: string;
  /** What it is. */
  label: string;
  /** What stands below the number. */
  under: string;
  /** The number at every stop, as it is shown. */
  texts: string[];
}

/** The spectrum of the images, and the water level at every stop. */
export interface SpectrumData {
  /** The chart's title. */
  title: string;
  /** What does not move. */
  figure: Figure;
  /** Variances along the principal directions, largest first: float64, packed. */
  eigenvalues: string;
  /** The water level at every stop: float64, packed. */
  levels: string;
  /** How many directions are above the water, at every stop. */
  above: number[];
  /** How many of them the latents can keep, at every stop. */
  active: number[];
  /** The least and the largest level that the chart shows. */
  range: [number, number];
}

/** What the loss makes of one image, against the variance of q, at every stop. */
export interface CurveData {
  /** What does not move. */
  figure: Figure;
  /** The variances at which the curve has points: float64, packed. */
  steps: string;
  /** How far the loss lies above its minimum: a row of points at every stop, float32, packed. */
  heights: string;
  /** The variance at which the loss is smallest, at every stop: float64, packed. */
  best: string;
  /** The greatest height that the chart shows. */
  tallest: number;
  /** The chart's title. */
  title: string;
  /** How accurate the curve is. */
  how: string;
}

/** What the loss means at every stop of the KL weight. */
export interface LossTable {
  /** The KL weight at every stop, as it is shown and committed. */
  weights: string[];
  /** The stop at which it is. */
  own: number;
  /** The sentence on what may be typed. */
  demand: string;
  /** Colours for the style sheet, by the meaning of each. */
  colours: Record<string, string>;
  /** In the order in which they are shown. */
  tiles: TileData[];
  /** The first sentence, at every stop. */
  headlines: string[];
  /** The second sentence, at every stop. */
  verdicts: string[];
  /** The spectrum; None where the form of the loss fixes no water level. */
  spectrum: SpectrumData | null;
  /** The curve of one image. */
  curve: CurveData;
}
