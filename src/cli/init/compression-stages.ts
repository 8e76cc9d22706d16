/** The stages that compress the layers of a model of another program. Their input is a stage `model`. */
export const COMPRESSION_STAGES = `\
  # The singular values and vectors of each layer. They are computed once for all methods and rates.
  # The last pattern that matches the name of a layer decides: ["*", "!*.head"] is every layer but the heads.
  factorize:
    uses: factorize
    with: { layers: ["*"], schemes: [channel] }
    inputs: { model: model }

  # One compressed model for each method and rate. A rate of 4 leaves a quarter of the parameters of the layers.
  # With "budget", each layer gets the rank that makes the total error smallest; with "uniform", all have the same rate.
  decompose:
    uses: decompose
    matrix: { method: [svd, cur-deim], rate: [2, 4, 8] }
    with: { method: "\${matrix.method}", rate: "\${matrix.rate}", layers: ["*"], allocation: budget }
    inputs: { model: model, factors: factorize }
`;
