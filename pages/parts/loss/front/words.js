// @ts-check
// What the words of the screen mean, shown where they stand.

/** @type {Record<string, string>} by the term that the words are marked with, or the name of a tile */
export const WORDS = {
  spectrum: "How much the images vary, direction by direction: the eigenvalues of their pixels’ covariance, the largest first. A principal direction is one pattern of pixels, an eigenvector; along different ones the images vary without correlation.",
  linear: "A VAE whose decoder is linear. What it keeps of the images follows exactly from their spectrum; for other decoders it is a guide.",
  water: "The water level is β·σₓ². A linear VAE keeps the principal directions whose variance lies above it, and pays ½ log(variance / level) nats of KL for each; what lies below, it treats as noise. In information theory this is called reverse water-filling.",
  directions: "Principal directions in which the images vary by more than the water level β·σₓ², and how many of them the latents can carry. Only these are worth their KL.",
  kl: "½ log(variance / water level), summed over the directions that are kept.",
};
