"""Objects of libraries around torch that fewer use.

Each maker yields (name, object), or (name, lambda that writes to a path).
"""


def trained(network, x, y, steps=2):
    """The network after some steps, and a checkpoint of it as training loops write them."""
    import torch
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((network(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
    return {"epoch": steps, "loss": float(loss.detach()), "model": network.state_dict(), "optimizer": optimizer.state_dict()}


def make_gpytorch():
    import torch
    import gpytorch
    from gpytorch import distributions, kernels, likelihoods, means, priors
    yield "kernel", kernels.ScaleKernel(kernels.RBFKernel(ard_num_dims=2, lengthscale_prior=priors.GammaPriorSafe(3.0, 6.0))
                                        if hasattr(priors, "GammaPriorSafe") else kernels.RBFKernel(ard_num_dims=2))
    yield "kernels", [kernels.MaternKernel(2.5), kernels.PeriodicKernel(), kernels.LinearKernel() + kernels.RBFKernel()]
    yield "likelihood", likelihoods.GaussianLikelihood()
    yield "means", [means.ConstantMean(), means.LinearMean(2), means.ZeroMean()]
    yield "distribution", distributions.MultivariateNormal(torch.zeros(2), torch.eye(2))
    yield "checkpoint", {"kernel": kernels.RBFKernel().state_dict(), "likelihood": likelihoods.GaussianLikelihood().state_dict()}


def make_botorch():
    import torch
    from botorch.models import SingleTaskGP
    from botorch.models.transforms import Normalize, Standardize
    x = torch.rand(8, 2, dtype=torch.double)
    yield "model", SingleTaskGP(x, x.sum(1, keepdim=True))
    yield "transforms", [Normalize(2), Standardize(1)]
    yield "checkpoint", SingleTaskGP(x, x.sum(1, keepdim=True)).state_dict()


def make_pyro():
    import torch
    import pyro
    from pyro import distributions
    pyro.param("weight", torch.ones(3))
    yield "parameters", pyro.get_param_store().get_state()
    yield "distributions", [distributions.Normal(0.0, 1.0), distributions.Categorical(torch.ones(3))]
    yield "optimizer", pyro.optim.Adam({"lr": 0.01})
    yield "module", pyro.nn.PyroModule[torch.nn.Linear](2, 2).state_dict()


def make_kornia():
    import kornia
    yield "augmentation", kornia.augmentation.RandomHorizontalFlip(p=0.5)
    yield "augmentations", kornia.augmentation.AugmentationSequential(kornia.augmentation.ColorJitter(0.1), kornia.augmentation.RandomRotation(10.0))
    yield "filters", [kornia.filters.GaussianBlur2d((3, 3), (1.0, 1.0)), kornia.filters.Sobel(), kornia.color.RgbToGrayscale()]
    yield "losses", [kornia.losses.FocalLoss(0.5), kornia.losses.DiceLoss(), kornia.losses.SSIMLoss(3)]


def make_torchio():
    import torch
    import torchio
    yield "image", torchio.ScalarImage(tensor=torch.rand(1, 4, 4, 4))
    yield "subject", torchio.Subject(scan=torchio.ScalarImage(tensor=torch.rand(1, 4, 4, 4)), age=4)
    yield "transforms", torchio.Compose([torchio.RandomFlip(), torchio.RescaleIntensity((0, 1)), torchio.RandomNoise()])


def make_captum():
    import torch
    from captum import attr
    network = torch.nn.Linear(3, 1)
    yield "gradients", attr.IntegratedGradients(network)
    yield "others", [attr.Saliency(network), attr.InputXGradient(network)]


def make_x_transformers():
    from x_transformers import Decoder, Encoder, TransformerWrapper
    network = TransformerWrapper(num_tokens=20, max_seq_len=16, attn_layers=Decoder(dim=16, depth=1, heads=2))
    yield "network", network
    yield "checkpoint", {"model": network.state_dict(), "step": 3}
    yield "encoder", Encoder(dim=16, depth=1, heads=2)


def make_vector_quantize_pytorch():
    from vector_quantize_pytorch import FSQ, LFQ, ResidualVQ, VectorQuantize
    yield "quantizer", VectorQuantize(dim=8, codebook_size=16)
    yield "residual", ResidualVQ(dim=8, num_quantizers=2, codebook_size=16)
    yield "others", [FSQ([4, 4]), LFQ(codebook_size=16, dim=8)]


def make_pytorch_metric_learning():
    from pytorch_metric_learning import distances, losses, miners, reducers, samplers, testers
    for name in ("TripletMarginLoss", "ContrastiveLoss", "NTXentLoss", "MultiSimilarityLoss"):
        yield name, getattr(losses, name)()
    yield "miner", [miners.MultiSimilarityMiner(), miners.TripletMarginMiner()]
    yield "distance", [distances.CosineSimilarity(), distances.LpDistance(), reducers.ThresholdReducer(low=0.1)]
    yield "proxies", losses.ArcFaceLoss(4, 8)


def make_torchdiffeq():
    import torch
    from torchdiffeq import odeint
    yield "solution", odeint(lambda t, y: -y, torch.ones(2), torch.linspace(0, 1, 3))


def make_torchsde():
    import torch
    import torchsde
    yield "motion", torchsde.BrownianInterval(0.0, 1.0, size=(2, 2))(0.0, 0.5)


def make_e3nn():
    from e3nn import nn, o3
    yield "irreps", o3.Irreps("2x0e + 1x1o")
    yield "irrep", o3.Irrep("1o")
    yield "linear", o3.Linear("2x0e", "3x0e")
    yield "norm", nn.BatchNorm(o3.Irreps("2x0e"))


def make_ignite():
    import ignite
    from ignite import engine, metrics
    yield "state", engine.State(epoch=1, iteration=10)
    yield "events", [engine.Events.EPOCH_COMPLETED, engine.Events.STARTED]
    yield "metrics", metrics.Accuracy().state_dict() if hasattr(metrics.Accuracy(), "state_dict") else {}


def make_ema_pytorch():
    import torch
    from ema_pytorch import EMA
    average = EMA(torch.nn.Linear(3, 3), beta=0.9)
    average.update()
    yield "average", average
    yield "checkpoint", average.state_dict()


def make_denoising_diffusion_pytorch():
    from denoising_diffusion_pytorch import GaussianDiffusion, Unet
    network = Unet(dim=8, dim_mults=(1, 2), flash_attn=False)
    yield "network", network
    yield "diffusion", GaussianDiffusion(network, image_size=8, timesteps=10)
    yield "checkpoint", {"step": 1, "model": network.state_dict(), "scaler": None, "version": "1"}


def make_pykeen():
    from pykeen.datasets import Nations
    from pykeen.models import DistMult, RotatE, TransE
    triples = Nations().training
    yield "model", TransE(triples_factory=triples, embedding_dim=8)
    yield "models", [DistMult(triples_factory=triples, embedding_dim=8), RotatE(triples_factory=triples, embedding_dim=8)]
    yield "labels", {"entities": triples.entity_to_id, "relations": triples.relation_to_id}


def make_rotary_embedding_torch():
    from rotary_embedding_torch import RotaryEmbedding
    yield "embedding", RotaryEmbedding(dim=8)


def make_tianshou():
    import numpy as np
    from tianshou.data import Batch, ReplayBuffer, VectorReplayBuffer
    yield "batch", Batch(obs=np.ones((2, 3)), info=Batch(a=1))
    buffer = ReplayBuffer(size=4)
    yield "buffer", buffer
    yield "vector", VectorReplayBuffer(8, 2)


def make_pytorch_forecasting():
    import numpy as np
    import pandas as pd
    from pytorch_forecasting import TimeSeriesDataSet
    from pytorch_forecasting.data import EncoderNormalizer, GroupNormalizer, NaNLabelEncoder
    frame = pd.DataFrame({"time": list(range(20)) * 2, "group": ["a"] * 20 + ["b"] * 20, "value": np.random.rand(40)})
    data = TimeSeriesDataSet(frame, "time", "value", ["group"], max_encoder_length=4, max_prediction_length=2, time_varying_unknown_reals=["value"])
    yield "data", data
    yield "parameters", data.get_parameters()
    yield "encoders", [EncoderNormalizer(), GroupNormalizer(["group"]), NaNLabelEncoder(add_nan=True)]


def make_audiomentations():
    import audiomentations
    yield "pipeline", audiomentations.Compose([audiomentations.AddGaussianNoise(), audiomentations.Gain(), audiomentations.Reverse()])
    yield "filters", [audiomentations.LowPassFilter(), audiomentations.ClippingDistortion()]


def make_pytorch_optimizer():
    import torch
    import pytorch_optimizer
    network = torch.nn.Linear(3, 1)
    for name in ("Lion", "AdamP", "Ranger", "Adan", "SAM"):
        if name != "SAM":
            optimizer = getattr(pytorch_optimizer, name)(network.parameters())
            network(torch.ones(2, 3)).sum().backward()
            optimizer.step()
            yield name, optimizer
            yield name + "_state", optimizer.state_dict()


def make_lion_pytorch():
    import torch
    from lion_pytorch import Lion
    network = torch.nn.Linear(3, 1)
    yield "optimizer", Lion(network.parameters(), lr=1e-4)
    yield "checkpoint", trained(network, torch.ones(4, 3), torch.zeros(4, 1))
