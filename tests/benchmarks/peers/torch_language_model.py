"""A character model of nanoGPT's computations in PyTorch, written anew: the peer of the benchmark.

    python tests/benchmarks/peers/torch_language_model.py [--bfloat16] [--seconds 20]

Learned positions, LayerNorm before each part, fused queries, keys and values through
`scaled_dot_product_attention`, GELU, no biases, output tied to the tokens' vectors, AdamW. It
writes by a cache of keys and values, which nanoGPT has not. Prints `... tokens/s` of training and
`... characters/s` of writing at one row, both with random tokens: the work is the same.
"""

import argparse
import time

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    """Attention and a perceptron, beside a shortcut."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.first, self.second = (nn.LayerNorm(width, bias=False) for _ in range(2))
        self.together = nn.Linear(width, 3 * width, bias=False)
        self.merge = nn.Linear(width, width, bias=False)
        self.expand = nn.Linear(width, 4 * width, bias=False)
        self.contract = nn.Linear(4 * width, width, bias=False)

    def parts(self, x):
        """Queries, keys and values, each [batch, heads, length, size]."""
        batch, length, width = x.shape
        parts = self.together(self.first(x)).split(width, dim=2)
        return [p.view(batch, length, self.heads, -1).transpose(1, 2) for p in parts]

    def finish(self, x, context):
        """Everything behind the attention."""
        x = x + self.merge(context.transpose(1, 2).reshape(x.shape))
        return x + self.contract(functional.gelu(self.expand(self.second(x))))

    def forward(self, x):
        """All places at once."""
        q, k, v = self.parts(x)
        return self.finish(x, functional.scaled_dot_product_attention(q, k, v, is_causal=True))

    def step(self, x, keys, values, place):
        """One place, whose key and value are written into the cache."""
        q, k, v = self.parts(x)
        keys[:, :, place : place + 1], values[:, :, place : place + 1] = k, v
        known = keys[:, :, : place + 1], values[:, :, : place + 1]
        return self.finish(x, functional.scaled_dot_product_attention(q, *known))


class Model(nn.Module):
    """Logits of each place from the tokens up to it."""

    def __init__(self, vocabulary, length, width, depth, heads):
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, bias=False)
        for weight in self.parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=0.02)

    def forward(self, tokens):
        """Logits [batch, length, vocabulary]."""
        x = self.tokens(tokens) + self.places.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.tokens.weight.T

    def step(self, token, place, cache):
        """Logits [batch, vocabulary] behind one token, int64 [batch]."""
        x = (self.tokens(token) + self.places.weight[place])[:, None]
        for block, (keys, values) in zip(self.blocks, cache, strict=True):
            x = block.step(x, keys, values, place)
        return (self.norm(x) @ self.tokens.weight.T)[:, 0]


def training_speed(model, o):
    """Tokens a second of steps of AdamW, the first few aside."""
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, betas=(0.9, 0.99), weight_decay=0.1)
    rows = torch.randint(0, o.vocabulary, [o.batch, o.length + 1])

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=o.bfloat16):
            logits = model(rows[:, :-1])
        loss = functional.cross_entropy(logits.float().flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return o.batch * o.length * rate(step, o.seconds)


@torch.inference_mode()
def writing_speed(model, o):
    """Characters a second at one row, in float32."""
    size = o.width // o.heads

    def text():
        cache = [[torch.zeros(1, o.heads, o.length, size) for _ in range(2)] for _ in model.blocks]
        token = torch.zeros(1, dtype=torch.int64)
        for place in range(o.length):
            chances = functional.softmax(model.step(token, place, cache), dim=-1)
            token = torch.multinomial(chances, 1)[:, 0]

    return o.length * rate(text, o.seconds)


def rate(function, seconds):
    """Calls a second, after one that is not counted."""
    function()
    began, calls = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        function()
        calls += 1
    return calls / (time.perf_counter() - began)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    for name, number in (("vocabulary", 66), ("batch", 32), ("length", 256), ("width", 256),
                         ("depth", 6), ("heads", 4), ("seconds", 15)):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--what", choices=("train", "write"), default="train")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    model = Model(*(getattr(arguments, n) for n in ("vocabulary", "length", "width", "depth",
                                                    "heads")))  # fmt: skip
    if arguments.what == "train":
        print(f"PyTorch: {training_speed(model, arguments):,.0f} tokens/s")
    else:
        print(f"PyTorch: {writing_speed(model, arguments):,.0f} tokens/s")


if __name__ == "__main__":
    main()
