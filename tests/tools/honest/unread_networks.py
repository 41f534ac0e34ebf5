"""Objects of libraries around torch that the table of listed classes was not made from.

Nobody reads these to add names to the table: that would make the figures worthless. Each maker yields
(name, object), or (name, lambda that writes to a path). Which libraries: environments.py.
"""


def checkpoint(network, optimizer, *shape):
    """What a training loop writes after a step."""
    import torch
    optimizer.zero_grad()
    network(torch.ones(*shape)).sum().backward()
    optimizer.step()
    return {"epoch": 1, "model": network.state_dict(), "optimizer": optimizer.state_dict()}


def make_julius():
    import julius
    yield "resample", julius.ResampleFrac(4, 5)
    yield "filters", [julius.LowPassFilters([0.1, 0.2]), julius.BandPassFilter(0.1, 0.2), julius.HighPassFilter(0.3)]
    yield "bands", julius.SplitBands(16000, 4)
    yield "convolution", julius.FFTConv1d(1, 2, 8)


def make_torchtnt():
    import torch
    from torchtnt.framework.auto_unit import TrainStepResults
    from torchtnt.utils.lr_scheduler import TLRScheduler
    from torchtnt.utils.progress import Progress
    from torchtnt.utils.timer import Timer
    timer = Timer()
    with timer.time("step"):
        pass
    yield "timer", timer
    yield "progress", Progress()
    yield "results", TrainStepResults(loss=torch.ones(1), total_grad_norm=None, outputs=None)


def make_torchdata():
    from torchdata import nodes
    from torchdata.stateful_dataloader import StatefulDataLoader
    loader = StatefulDataLoader(list(range(8)), batch_size=2)
    next(iter(loader))
    yield "state", loader.state_dict()
    yield "node", nodes.Batcher(nodes.IterableWrapper(range(5)), 2)


def make_nnAudio():
    from nnAudio import features
    yield "spectrum", features.STFT(n_fft=64)
    yield "mel", features.MelSpectrogram(sr=8000, n_fft=64, n_mels=4)
    yield "others", [features.CQT1992v2(sr=8000, n_bins=12, fmin=110), features.MFCC(sr=8000, n_mfcc=4, n_fft=64, n_mels=8)]


def make_adam_atan2_pytorch():
    import torch
    from adam_atan2_pytorch import AdamAtan2
    network = torch.nn.Linear(3, 1)
    optimizer = AdamAtan2(network.parameters(), lr=1e-3)
    yield "checkpoint", checkpoint(network, optimizer, 2, 3)
    yield "optimizer", optimizer


def make_schedulefree():
    import schedulefree
    import torch
    for kind in (schedulefree.AdamWScheduleFree, schedulefree.SGDScheduleFree, schedulefree.RAdamScheduleFree):
        network = torch.nn.Linear(3, 1)
        optimizer = kind(network.parameters(), lr=1e-3)
        optimizer.train()
        yield kind.__name__ + "_checkpoint", checkpoint(network, optimizer, 2, 3)
        yield kind.__name__, optimizer


def make_torchsr():
    from torchsr import models
    for name in ("ninasr_b0", "edsr_baseline", "carn_m"):
        yield name, getattr(models, name)(scale=2, pretrained=False)
    yield "checkpoint", models.ninasr_b0(scale=2, pretrained=False).state_dict()


def make_pytorchcv():
    from pytorchcv.model_provider import get_model
    for name in ("resnet10", "mobilenet_wd4", "squeezenet_v1_1"):
        try:
            network = get_model(name, pretrained=False)
        except Exception as problem:
            print("  %s: %s" % (name, str(problem)[:100]))
            continue
        yield name, network
    yield "checkpoint", network.state_dict()


def make_torchcrf():
    from torchcrf import CRF
    yield "field", CRF(5, batch_first=True)
    yield "checkpoint", CRF(5).state_dict()


def make_torch_dct():
    import torch_dct
    yield "layer", torch_dct.LinearDCT(8, "dct")


def make_torch_dftd():
    from torch_dftd.nn.dftd3_module import DFTD3Module
    from torch_dftd.dftd3_xc_params import get_dftd3_default_params
    from torch_dftd.torch_dftd3_calculator import TorchDFTD3Calculator
    yield "parameters", get_dftd3_default_params()
    yield "module", DFTD3Module(get_dftd3_default_params())


def make_pytorch_revgrad():
    import torch
    from pytorch_revgrad import RevGrad
    yield "network", torch.nn.Sequential(torch.nn.Linear(3, 2), RevGrad(), torch.nn.Linear(2, 1))


def make_k_diffusion():
    import k_diffusion as K
    network = K.models.ImageDenoiserModelV1(1, 8, [1, 1], [4, 8], [False, False])
    yield "network", network
    yield "denoiser", K.layers.Denoiser(network)
    yield "average", {"model": network.state_dict(), "scheduler": K.utils.EMAWarmup(power=0.6, max_value=0.99).state_dict(), "epoch": 1}


def make_spacy_transformers():
    import spacy
    from spacy_transformers.data_classes import TransformerData, WordpieceBatch
    yield "data", TransformerData.empty()
    yield "pieces", WordpieceBatch.empty()


def make_mct_quantizers():
    import torch
    from mct_quantizers import PytorchActivationQuantizationHolder, PytorchQuantizationWrapper
    from mct_quantizers.pytorch.quantizers import ActivationPOTInferableQuantizer, WeightsPOTInferableQuantizer
    quantizer = WeightsPOTInferableQuantizer(num_bits=8, threshold=[1.0], per_channel=False)
    yield "quantizer", quantizer
    yield "wrapper", PytorchQuantizationWrapper(torch.nn.Linear(3, 2), {"weight": quantizer})
    yield "holder", PytorchActivationQuantizationHolder(ActivationPOTInferableQuantizer(num_bits=8, threshold=[1.0], signed=True))
