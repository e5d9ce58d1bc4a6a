"""A collection of 300 passages and an encoder for it that needs no model."""

import numpy as np


class TopicalEncoder:
    """Passages about one of 40 topics: token vectors scattered around the topic's, seeded by the text alone."""

    name = "topical"
    dimension = 16

    def __init__(self):
        self.texts = []
        self.topics = np.random.default_rng(0).normal(size=(40, self.dimension))

    def encode_documents(self, texts):
        self.texts += texts
        return [self.encode_text(text) for text in texts]

    def encode_text(self, text):
        number = int(text)
        generator = np.random.default_rng(number)
        topics = self.topics[generator.choice(40, size=4)].repeat(1 + number % 5, axis=0)
        vectors = topics + 0.3 * generator.normal(size=topics.shape)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


PASSAGES = [(f"d{number}", str(number)) for number in range(300)]
