// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.

import type { Figure } from "../../front/plotly";

/** A link to another screen, and what to do there. */
export interface DoorData {
  /** The name under which progress keeps that it was opened, after the prefix; empty where it does not. */
  key: string;
  /** The link inside the app. */
  link: string;
  /** What the link says. */
  label: string;
  /** What to do there. */
  task: string;
  /** What there was to see, shown once it was opened. */
  seen: string;
}

/** Links to other screens. */
export interface DoorsData {
  /** In the order in which they are shown. */
  doors: DoorData[];
  /** What stands before every key in the names of progress. */
  prefix: string;
  /** The name under which progress keeps that all were opened; empty where it does not. */
  all: string;
  /** Colours for the style sheet: done, q. */
  colours: Record<string, string>;
}

/** A step, and what there is to do in it. */
export interface TicksStep {
  /** Its number and short name. */
  name: string;
  /** The names of progress, by what is done. */
  keys: Record<string, string>;
}

/** What there is to do in the derivation. */
export interface TicksData {
  /** Every step in which there is something to do. */
  steps: TicksStep[];
  /** The name of the step that is open; empty where all are listed. */
  open: string;
  /** The colour of what is done. */
  colour: string;
}

/** A square image beside the chart. */
export interface ImageSpec {
  /** Its name in the sweeps. */
  name: string;
  /** Its caption. */
  label: string;
}

/** A step with sliders. What is long travels as JSON in a text, so that an equal text need not be read again. */
export interface LessonData {
  /** The name under which progress keeps that the step's task is done. */
  task: string;
  /** The name under which progress keeps that the step's question is answered. */
  question: string;
  /** The html of the step. */
  page: string;
  /** Whether every slider is where it is at first. */
  untouched: boolean;
  /** The number of the last commit that Python has seen. */
  turn: number;
  /** Which of the step's variants is shown. */
  choice: string;
  /** Where the sliders are, by name. */
  values: Record<string, number>;
  /** JSON of `Declared`. */
  declared: string;
  /** JSON of `Picture`. */
  picture: string;
  /** JSON of a `PackedSweep` for every slider, by its name. */
  sweeps: string;
  /** The chart in words, for those who do not see it. */
  words: string;
  /** The same without the numbers that are hidden until the task has been done or the question answered. */
  wordsWhileHidden: string;
}

/** A slider of a step. */
export interface SliderSpec {
  /** Its name in the link. */
  name: string;
  /** What stands beside it. */
  label: string;
  /** The symbol of the formula with which it lights up. */
  symbol: string;
  /** The least value that may be typed. */
  low: number;
  /** The largest value that may be typed. */
  high: number;
  /** Whether only whole numbers may be typed. */
  whole: boolean;
}

/** How a quantity of the formula is written. */
export interface QuantitySpec {
  /** Decimals. */
  digits: number;
  /** The least number of characters, so that the formula stays where it is. */
  width: number;
  /** The symbol with which it lights up; empty without one. */
  symbol: string;
  /** Its name in the sentence on what a movement changed; empty where that does not mention it. */
  told: string;
}

/** A button that moves sliders. */
export interface PresetSpec {
  /** What it says. */
  label: string;
  /** Where it moves them, by their names. */
  values: Record<string, number>;
}

/** The parts of a step that never change. */
export interface Declared {
  /** In the order in which they are shown. */
  sliders: SliderSpec[];
  /** By the name in the formula. */
  quantities: Record<string, QuantitySpec>;
  /** The colour of every symbol. */
  colours: Record<string, string>;
  /** In the order in which they are shown. */
  presets: PresetSpec[];
  /** The numbers that are hidden until the task has been done. */
  hiddenUntilDone: string[];
  /** The numbers and curves that are hidden until the question has been answered. */
  hiddenUntilAnswered: string[];
  /** The images beside the chart. */
  images: ImageSpec[];
}

/** Something in the chart that moves, placed by numbers or curves of the sweep, by their names, or by fixed numbers. */
export interface LayerSpec {
  /** What is drawn. */
  kind: "curve" | "area" | "points" | "outline" | "mark" | "upright" | "level" | "bar";
  /** The symbol of the formula with which it lights up, and whose colour it has. */
  symbol: string;
  /** Its name in the legend; empty without an entry. */
  label: string;
  /** Where it is across: the name of a number or a curve, or a number. */
  x: any;
  /** How high it is: the name of a number or a curve, or a number. */
  y: any;
  /** The number on which a bar stands; empty for 0. */
  base: string;
  /** Its size: a radius in pixels, or the width of a bar on the axis; 0 for the usual one. */
  size: number;
  /** How its line is dashed: empty, dash or dot. */
  dash: string;
  /** The pair of axes that it belongs to. */
  axes: "" | "2";
  /** What fills a bar beside its colour; as on the Trade-off screen the width's part is hatched, the shape's dotted. */
  pattern: "" | "hatched" | "dotted";
  /** Whether "hidden" stands at the foot of a bar whose number is. */
  asked: boolean;
}

/** The chart of a step. */
export interface Picture {
  /** What does not move. */
  figure: Figure;
  /** What moves, from the lowest up. */
  layers: LayerSpec[];
  /** Where the points of every curve lie across: float32, packed, by the name of the curve. */
  x: Record<string, string>;
}

/** Everything at all stops of a slider, while the others hold still. */
export interface PackedSweep {
  /** The values at which the slider stops. */
  stops: number[];
  /** The stop at which it is. */
  own: number;
  /** A number at every stop: float64, packed, by name. */
  numbers: Record<string, string>;
  /** A row of heights at every stop: float32, packed, by name. */
  curves: Record<string, string>;
  /** A text at every stop, by name. */
  texts: Record<string, string[]>;
  /** An image at every stop: grey values as bytes, packed, by name. */
  images: Record<string, string>;
  /** A 1 for every stop at which the step's task is done, otherwise a 0. */
  done: string;
}
