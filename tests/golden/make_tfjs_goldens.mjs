// Computes layers with the real TF.js, for tests/unit/test_tfjs_goldens.py to compare with. Run by hand, in any folder:
//
//   npm install @tensorflow/tfjs@4.22.0
//   node …/tests/golden/make_tfjs_goldens.mjs
//
// tfjs_layers.json: of each case the layer as a project file has it, shapes with the batch, the number of parameters,
// input and weights in sixteenths (so most sums are exact in single precision), and the output.
//
// Left out is where TF.js 4.22 departs from what Keras documents: bilinear up-sampling, conv1d causal, dilation of
// conv2d_transpose and depthwise_conv2d, layers of volumes with `same` where padding would be negative, elu's alpha,
// hard_sigmoid, batch_normalization along another axis than the last, gru with reset_after (which TF.js does not have).

import {writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";

const tf = createRequire(join(process.cwd(), "package.json"))("@tensorflow/tfjs");

const LAYERS = Object.fromEntries(Object.keys(tf.layers).map((name) => [name.toLowerCase(), tf.layers[name]]));
const OTHER_NAMES = {
  layers: {relu: "reLU"},
  options: {leaky_relu: {negative_slope: "alpha"}},
  weights: {depthwise_conv2d: {depthwise_kernel: "kernel"}},
};
const PADDINGS = ["valid", "same"];

function* product(...lists) {
  if (lists.length === 0) yield [];
  else for (const first of lists[0]) for (const rest of product(...lists.slice(1))) yield [first, ...rest];
}

function* sequences() {
  const steps = [[1, 1], [2, 1], [3, 1], [1, 2]];
  for (const [padding, [strides, dilation_rate], kernel_size, n] of product(PADDINGS, steps, [1, 2, 3, 4], [7, 8])) {
    if (padding === "same" || (kernel_size - 1) * dilation_rate < n) {
      yield [{layer: "conv1d", filters: 2, kernel_size, strides, padding, dilation_rate}, [1, n, 2]];
    }
  }
}

function* images() {
  const steps = [[[1, 1], [1, 1]], [[2, 2], [1, 1]], [[3, 3], [1, 1]], [[1, 1], [2, 2]]];
  const kernels = [[[3, 3], [5, 6]], [[2, 3], [6, 5]], [[3, 1], [6, 5]]];
  for (const [padding, [strides, dilation_rate], [kernel_size, extents]] of product(PADDINGS, steps, kernels)) {
    const options = {kernel_size, strides, padding};
    yield [{layer: "conv2d", filters: 2, ...options, dilation_rate}, [1, ...extents, 2]];
    yield [{layer: "separable_conv2d", filters: 2, depth_multiplier: 2, ...options, dilation_rate}, [1, ...extents, 2]];
    if (dilation_rate[0] === 1) {
      yield [{layer: "depthwise_conv2d", depth_multiplier: 2, ...options}, [1, ...extents, 2]];
    }
  }
  const sizes = [[3, 3], [2, 3], [4, 1], [1, 5]];
  for (const [padding, strides, kernel_size] of product(PADDINGS, [[1, 1], [2, 2], [3, 3], [1, 2]], sizes)) {
    yield [{layer: "conv2d_transpose", filters: 2, kernel_size, strides, padding}, [1, 3, 4, 2]];
  }
}

function* volumes() {
  for (const [padding, strides, size] of product(PADDINGS, [1, 2], [[2, 3, 2], [3, 2, 2], [2, 2, 2]])) {
    const options = {filters: 2, kernel_size: size, strides: [strides, strides, strides], padding};
    yield [{layer: "conv3d", ...options}, [1, 4, 5, 4, 1]];
    yield [{layer: "conv3d_transpose", ...options}, [1, 2, 3, 2, 1]];
  }
}

function* poolings() {
  for (const [kind, padding, pool_size, strides, n] of product(
    ["max", "average"], PADDINGS, [2, 3, 4], [null, 1, 2, 3], [7, 8])) {
    yield [{layer: `${kind}_pooling1d`, pool_size, ...(strides && {strides}), padding}, [1, n, 2]];
  }
  const pools = [[2, 2], [3, 2], [4, 3]];
  for (const [kind, padding, pool_size, strides, extents] of product(
    ["max", "average"], PADDINGS, pools, [null, [1, 1], [2, 2], [3, 2]], [[5, 6], [6, 5]])) {
    yield [{layer: `${kind}_pooling2d`, pool_size, ...(strides && {strides}), padding}, [1, ...extents, 1]];
  }
  for (const [kind, padding, pool_size, strides] of product(
    ["max", "average"], PADDINGS, [[2, 2, 2], [3, 2, 2]], [null, [1, 1, 1], [2, 2, 2]])) {
    yield [{layer: `${kind}_pooling3d`, pool_size, ...(strides && {strides}), padding}, [1, 4, 5, 3, 1]];
  }
  for (const kind of ["max", "average"]) {
    yield [{layer: `global_${kind}_pooling1d`}, [2, 5, 3]];
    yield [{layer: `global_${kind}_pooling2d`}, [2, 3, 4, 3]];
  }
}

function* reshapings() {
  for (const size of [[2, 2], [1, 3], [3, 2]]) yield [{layer: "up_sampling2d", size}, [1, 3, 4, 2]];
  for (const sides of [[[1, 1], [1, 1]], [[0, 2], [1, 0]], [[2, 1], [0, 3]]]) {
    yield [{layer: "zero_padding2d", padding: sides}, [1, 5, 6, 2]];
    yield [{layer: "cropping2d", cropping: sides}, [1, 5, 6, 2]];
  }
  for (const dims of [[2, 1, 3], [3, 1, 2], [3, 2, 1]]) yield [{layer: "permute", dims}, [2, 3, 4, 2]];
  yield [{layer: "repeat_vector", n: 3}, [2, 4]];
  yield [{layer: "reshape", target_shape: [4, -1]}, [2, 3, 4, 2]];
  yield [{layer: "flatten"}, [2, 3, 4, 2]];
}

function* recurrences() {
  const flags = [false, true];
  for (const [layer, return_sequences, go_backwards, bidirectional] of product(
    ["simple_rnn", "gru", "lstm"], flags, flags, flags)) {
    yield [recurrent(layer, {return_sequences, go_backwards, bidirectional}), [2, 4, 2]];
  }
  for (const [layer, activation, use_bias] of product(
    ["simple_rnn", "gru", "lstm"], ["relu", "sigmoid", "softsign", "softmax"], flags)) {
    yield [recurrent(layer, {activation, use_bias, return_sequences: true}), [2, 5, 3]];
  }
  for (const [layer, gate] of product(["gru", "lstm"], ["tanh", "softmax", "softsign"])) {
    yield [{...recurrent(layer, {return_sequences: true}), recurrent_activation: gate}, [2, 4, 2]];
  }
}

// TF.js opens its gates with its own hard_sigmoid where nothing else is said.
function recurrent(layer, options) {
  const gates = {simple_rnn: {}, gru: {recurrent_activation: "sigmoid", reset_after: false},
    lstm: {recurrent_activation: "sigmoid"}};
  return {layer, units: 3, ...gates[layer], ...options};
}

function* slopes() {
  for (const [shape, axes] of [[[3, 4], [null]], [[2, 3, 4], [null, [1]]], [[2, 3, 4, 2], [null, [1, 2], [3]]]]) {
    for (const shared_axes of axes) yield [{layer: "prelu", ...(shared_axes && {shared_axes})}, shape];
  }
  for (const theta of [0, 0.5, 1, -1]) yield [{layer: "thresholded_relu", theta}, [2, 3, 4]];
  for (const axis of [-1, 3]) yield [{layer: "softmax", axis}, [2, 3, 4, 2]];
  for (const axis of [[-1], [2], [1, 2]]) yield [{layer: "layer_normalization", axis}, [2, 3, 4]];
  yield [{layer: "layer_normalization", epsilon: 0.125, scale: false}, [2, 3, 4, 2]];
  yield [{layer: "layer_normalization", center: false}, [3, 5]];
  for (const [input_dim, output_dim, shape] of [[5, 3, [2, 7]], [1, 4, [2, 3]], [30, 1, [4, 1]]]) {
    yield [{layer: "embedding", input_dim, output_dim}, shape];
  }
}

// In predictions noise passes everything unchanged.
function* noises() {
  for (const layer of ["dropout", "gaussian_dropout", "alpha_dropout", "spatial_dropout1d"]) {
    yield [{layer, rate: 0.25}, [2, 3, 2]];
  }
  yield [{layer: "gaussian_noise", stddev: 0.5}, [2, 3, 2]];
}

function* others() {
  for (const shape of [[3, 5], [2, 4, 3], [2, 3, 2, 4]]) {
    yield [{layer: "dense", units: 3, activation: "tanh"}, shape];
    yield [{layer: "dense", units: 2, use_bias: false}, shape];
    yield [{layer: "batch_normalization"}, shape];
    yield [{layer: "layer_normalization"}, shape];
    yield [{layer: "softmax", axis: -1}, shape];
  }
  yield [{layer: "batch_normalization", epsilon: 0.01, center: false}, [2, 3, 4]];
  const names = ["linear", "relu", "sigmoid", "tanh", "softmax", "elu", "selu", "relu6", "softplus", "softsign", "swish",
    "mish", "gelu"];
  for (const activation of names) yield [{layer: "activation", activation}, [2, 3, 4]];
  yield [{layer: "relu", max_value: 1.5}, [2, 3, 4]];
  yield [{layer: "leaky_relu"}, [2, 3, 4]];
  yield [{layer: "leaky_relu", negative_slope: 0.125}, [2, 3, 4]];
  yield [{layer: "elu"}, [2, 3, 4]];
  const relu = {activation: "relu"};
  yield [{layer: "conv2d", filters: 2, kernel_size: [2, 2], use_bias: false, ...relu}, [2, 4, 4, 2]];
  yield [{layer: "conv2d_transpose", filters: 2, kernel_size: [2, 2], use_bias: false, ...relu}, [2, 3, 3, 2]];
  yield [{layer: "separable_conv2d", filters: 2, kernel_size: [2, 2], activation: "softmax"}, [2, 3, 3, 2]];
}

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

function tfLayer(plain) {
  const {layer, bidirectional, ...options} = structuredClone(plain);  // TF.js writes into what it is given
  if (bidirectional) return tf.layers.bidirectional({layer: tfLayer({layer, ...options}), mergeMode: "concat"});
  const others = OTHER_NAMES.options[layer] ?? {};
  const named = Object.entries(options).map(([name, value]) => [others[name] ?? camel(name), value]);
  return LAYERS[layer.replaceAll("_", "")](Object.fromEntries(named));
}

// mulberry32, a small generator that gives the same numbers everywhere.
let state = 20261123;
function uniform() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

function sixteenths(shape, low, high) {
  return Array.from({length: shape.reduce((a, b) => a * b, 1)}, () => Math.round(16 * (low + (high - low) * uniform())));
}

const tensor = (values, shape) => tf.tensor(values.map((value) => value / 16), shape);

// Weights by the names that they have here: those that read the other way begin with backward_.
function* named(layer, plain, start = "") {
  if (layer.forwardLayer) {
    yield* named(layer.forwardLayer, plain);
    yield* named(layer.backwardLayer, plain, "backward_");
  } else {
    for (const weight of layer.weights) {
      const [name] = weight.originalName.split("/").slice(-1);
      yield [start + (OTHER_NAMES.weights[plain.layer]?.[name] ?? name), weight];
    }
  }
}

function measured([plain, shape]) {
  const layer = tfLayer(plain);
  const tokens = plain.input_dim;
  const input = tokens ? sixteenths(shape, 0, tokens - 1).map((value) => 16 * Math.round(value / 16))
    : sixteenths(shape, -3, 3);
  layer.apply(tensor(input, shape));  // builds it
  const weights = [...named(layer, plain)].map(([name, weight]) => {
    const low = name === "moving_variance" ? 0.5 : -1;
    const values = sixteenths(weight.shape, low, 1.5);
    weight.write(tensor(values, weight.shape));
    return {name, shape: weight.shape, values};
  });
  const output = layer.apply(tensor(input, shape));
  return {layer: plain, input: {shape, values: input}, weights, parameters: layer.countParams(),
    output: {shape: output.shape, values: Array.from(output.dataSync(), (value) => Number(value.toPrecision(8)))}};
}

await tf.setBackend("cpu");
const families = [sequences, images, volumes, poolings, reshapings, others, recurrences, slopes, noises];
const cases = families.flatMap((family) => [...family()]).map(measured);
const lines = cases.map((entry) => JSON.stringify(entry)).join(",\n");
const path = join(dirname(fileURLToPath(import.meta.url)), "tfjs_layers.json");
const text = `{"tfjs": "${tf.version_core}", "cases": [\n${lines}\n]}\n`;
writeFileSync(path, text);
console.log(`${cases.length} cases, ${text.length.toLocaleString("en")} bytes`);
