// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.

import type { Figure } from "../../front/plotly";

/** The element's data. What is long travels as JSON in a text, so that an equal text need not be read again. */
export interface InstrumentData {
  /** What the element holds; empty where the browser has it already, as it has a static layer. */
  markup: string;
  /** The link parameters of the model, the image, β and the unit. */
  bench: Record<string, string>;
  /** The link parameters of q and of the view, as far as the link names them. */
  link: Record<string, string>;
  /** The names of what a teacher has hidden, with spaces between. */
  hide: string;
  /** The names of the only panels to be shown, with spaces between; empty for all. */
  panels: string;
  /** Whether a challenge is open: then nothing gives its answer away. */
  challenge: boolean;
  /** The number of the last commit that Python has seen. */
  turn: number;
  /** What the controls of q may be set to. */
  controls: ControlsData;
  /** What the settings beside q may be, and are. */
  settings: SettingsData;
  /** At how many steps of the slider there are pictures. */
  pictureSteps: number;
  /** Where q comes from: encoder, best, prior or hand (as the link names it). */
  q: string;
  /** JSON of a `StaticData`; empty where the browser has it already. */
  staticLayer: string;
  /** A name for that text, by which the browser says that it has it. */
  staticKey: string;
  /** JSON of a `PackedSweep`. */
  sweep: string;
  /** JSON of a `PinData`, or null. */
  pin: string;
  /** Every chart in words, for those who do not see it, by the name of its panel. */
  words: Record<string, string>;
}

/** What the controls of q may be set to. */
export interface ControlsData {
  /** What is meant by a link without these parameters. */
  defaults: Record<string, string>;
  /** What the variance slider can move: all, each, encoder. */
  moves: string[];
  /** Whether the model has an encoder. */
  encoder: boolean;
}

/** A q of special interest. */
export interface LandmarkData {
  /** Its mean in every dimension. */
  mean: number[];
  /** Its variance in every dimension. */
  variance: number[];
  /** Its ELBO. */
  elbo: number;
}

/** The q of special interest. */
export interface Landmarks {
  /** The encoder's, where there is an encoder. */
  encoder?: LandmarkData;
  /** The one with the largest objective. */
  best: LandmarkData;
}

/** What no movement of q changes. */
export interface StaticData {
  /** How the latent space is shown. */
  view: "line" | "plane" | "dimensions";
  /** The variances at the steps of the slider. */
  grid: number[];
  /** The weight of the KL. */
  beta: number;
  /** The unit of all information: nats or bits. */
  unit: string;
  /** Colours for the style sheet, by the meaning of each. */
  colours: Record<string, string>;
  /** log p(x). */
  evidence: number;
  /** The sign before log p(x), the gap and the approximation gap: "≥ " where they are lower bounds, otherwise empty. */
  atLeast: string;
  /** What the floor's number is followed by: " ± " and its error where log p(x) is a lower bound, otherwise empty. */
  floorError: string;
  /** How the KL, log p(x), the residual and the chart of the latent space were computed. */
  accuracy: Record<"kl" | "evidence" | "residual" | "latents", string>;
  /** The q of special interest. */
  landmarks: Landmarks;
  /** R*, log p(x|z) at the code z whose decoding fits x best: no q reconstructs better. */
  bestReconstruction: number;
  /** The height of the chart of costs, above R*: it depends on the model, the image, σₓ and the unit alone. */
  costTop: number;
  /** The ends of the scales on which a class guesses KL, and log p(x) or the ELBO: the same for every image. */
  guessScales: Record<"kl" | "evidence", [number, number]>;
  /** The largest ELBO of a Gaussian with independent dimensions. */
  bestElbo: number;
  /** Its terms; None while a setting is dragged on which they depend. */
  bestTerms: Record<"reconstruction" | "kl", number> | null;
  /** The largest objective of a Gaussian with independent dimensions. */
  bestObjective: number;
  /** The largest objective along the variance slider when q has the mean of that Gaussian. */
  bestAlongSlider: number;
  /** The approximation gap: what even the best q leaves. */
  approximation: number;
  /** The amortisation gap: what the encoder's q loses against the best; None without an encoder. */
  amortisation: number | null;
  /** The charts, whose moving parts are left out. */
  charts: Record<"costs" | "tradeoff" | "rate" | "latents", Figure>;
  /** A model of one number in formulas; images have none. */
  formula?: string;
  /** Points of the density of N(0, 1), for a model of one number. */
  bell?: [number, number][];
  /** The image: a byte for each pixel, packed; a model of one number has none. */
  x?: string;
  /** What the decoder makes of the single z that fits the image best, in the same form. */
  bestDrawing?: string;
}

export type AccuracyTexts = [string[], string];

/** What the axes of the trade-off chart show. */
export interface WindowData {
  /** The ends of the axis of −ELBO. */
  range: [number, number];
  /** Its part of the chart's height, from the bottom. */
  domain: [number, number];
  /** Plotly's settings of KL's axis: in a panel of its own, or with the others and without labels. */
  kl: Record<string, any>;
}

/** The lines in the plane of rate and distortion. */
export interface LinesData {
  /** The rates at which they are given. */
  rate: number[];
  /** Distortions at which the ELBO is log p(x). */
  bound: number[];
  /** Distortions at which the objective is as good as the best of this sweep. */
  lowest: number[];
  /** The distortions that the chart shows. */
  window: [number, number];
}

/** Gap, residual and forces at q itself. */
export interface DiagnosticsAtQ {
  /** KL(q || p(z|x)), computed independently of log p(x) and the ELBO; their difference while q moves. */
  gap: number;
  /** How it was computed. */
  gapAccuracy: string;
  /** log p(x) − ELBO − gap, which is 0 but for errors. */
  residual: number | null;
  /** The objective if the mean alone becomes the best q's; null where the slider passes q, and while q moves. */
  atBestMean: number | null;
  /** The slope of the reconstruction along each mean. */
  reconstructionByMean: number[];
  /** The slope of the KL along each mean. */
  klByMean: number[];
  /** The slope of the reconstruction along the logarithm of the variance that the slider moves. */
  reconstructionByVariance: number;
  /** The slope of the KL along it. */
  klByVariance: number;
}

/** What the decoder makes of q's mean. */
export interface DecodedMeanData {
  /** The image: 64 levels, four pixels in three bytes, packed. */
  pixels: string;
  /** log p(x|z) at z = q's mean. */
  likelihood: number;
}

/** Every quantity at every stop of the variance slider, and what holds at q itself.

KL, ELBO and objective follow from these. "In planes" means packed by significance: all first bytes, then all second. */
export interface PackedSweep {
  /** The mean of q in every dimension. */
  mean: number[];
  /** Its variance in every dimension. */
  variance: number[];
  /** A name for mean and path, by which the browser knows whether it has the `PackedDiagnostics` of them. */
  path: string;
  /** Whether the numbers at q are those of a step of the path. */
  followsPath: boolean;
  /** The variance in every dimension where the slider says 1. */
  base: number[];
  /** Which dimensions the slider moves; the others keep their base. */
  moved: boolean[];
  /** What the slider says at every step of the path; null for the variances of the grid. */
  scales: number[] | null;
  /** What it says at q. */
  ownScale: number;
  /** The stop at which q is. */
  own: number;
  /** Whether that stop is a step of the path; otherwise it lies between two. */
  onPath: boolean;
  /** The step of the path with the largest objective. */
  lowest: number;
  /** How many of the unit make a nat. */
  perNat: number;
  /** The weight of the KL in the objective. */
  beta: number;
  /** E_q[log p(x|z)] at every stop: float64 in planes. */
  reconstruction: string;
  /** Its standard error at every stop, where it is estimated: float32 in planes. */
  error?: string;
  /** How reconstruction, ELBO and objective were computed at every stop. */
  accuracy: AccuracyTexts;
  /** How the curves of the chart were computed. */
  curvesAccuracy: string;
  /** What the axes of the trade-off chart show. */
  window: WindowData;
  /** The lines in the plane of rate and distortion. */
  lines: LinesData;
  /** Gap, residual and forces at q. */
  now: DiagnosticsAtQ;
  /** log p(x) and R* of the settings that were asked for. */
  fixed: FixedNumbers;
  /** Average image, samples and their spread: in 64 levels or, while q moves, in 16 (`pictures.fine`, `coarse`): packed. */
  picture?: string;
  /** What the decoder makes of q's mean; a model of one number has none. */
  decodedMean?: DecodedMeanData;
}

/** Gap and slopes of the reconstruction at every step of the path, the slopes as in `DiagnosticsAtQ`. */
export interface PackedDiagnostics {
  /** Its name. */
  path: string;
  /** float64 in planes. */
  gap: string;
  /** How the gap was computed at every step. */
  gapAccuracy: AccuracyTexts;
  /** A row of all steps for each dimension: float32 in planes. */
  reconstructionByMean: string;
  /** float32 in planes. */
  reconstructionByVariance: string;
}

/** What parts the gap of every q about a mean into the shares of mean, width and shape. */
export interface SharesData {
  /** The largest ELBO about this mean, every variance free. */
  bestAboutMean: number;
}

/** A setting that is a slider; its values are texts as the link holds them. */
export interface DialData {
  /** The link parameter. */
  name: string;
  /** Its symbol. */
  label: string;
  /** Its value. */
  value: string;
  /** What it is without a link. */
  default: string;
  /** The smallest number. */
  low: number;
  /** The largest number. */
  high: number;
  /** Between the stops of the slider. */
  step: number;
  /** All values that it can have, in rising order, where these are not all numbers of a range. */
  options: string[];
}

/** The settings beside q; the values of those that are no sliders are in `bench`. */
export interface SettingsData {
  /** The name of every model, and what the list calls it. */
  models: [string, string][];
  /** A sentence on the model. */
  about: string;
  /** How many test digits of a class are on offer; 0 where x is a number. */
  examples: number;
  /** The settings that are sliders. */
  dials: DialData[];
}

/** What a setting changes and no movement of q. */
export interface FixedNumbers {
  /** log p(x). */
  evidence: number;
  /** R*, as in `StaticData`. */
  bestReconstruction: number;
}

/** The pinned q, A, with which q is compared. */
export interface PinData {
  /** Its mean in every dimension. */
  mean: number[];
  /** Its variance in every dimension. */
  variance: number[];
  /** What the variance slider would say. */
  scale: number;
  /** Its reconstruction. */
  reconstruction: number;
  /** Its KL. */
  kl: number;
  /** Its ELBO. */
  elbo: number;
  /** Its β-objective. */
  objective: number;
  /** Its gap. */
  gap: number;
}

/** Where the encoder puts the test digits on offer. */
export interface CodesData {
  /** The encoder's mean of each digit in two dimensions, and its class. */
  codes: [number, number, number][];
}
