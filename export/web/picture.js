// Floats to pixels.

/** Draw `values` [height * width * channels] as `tfgen.plots` does: clipped and rounded. */
export function drawPicture(canvas, values, { shape, valueRange }) {
  const [height, width, channels] = shape;
  const [low, high] = valueRange;
  const picture = new ImageData(width, height);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let colour = 0; colour < 3; colour++) {
      const value = values[pixel * channels + (channels === 1 ? 0 : colour)];
      picture.data[4 * pixel + colour] = 255 * ((value - low) / (high - low)); // clips and rounds
    }
    picture.data[4 * pixel + 3] = 255;
  }
  [canvas.height, canvas.width] = [height, width];
  canvas.getContext("2d").putImageData(picture, 0, 0);
}
