"""Objects of torch and of the libraries around it.

Each maker yields (name, object), or (name, lambda that writes to a path). Runs on Python 3.6 and newer.
"""
import importlib
import os
import sys


def make_torch():
    import torch
    from torch import nn
    for name in ("float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool", "complex64"):
        yield "tensor_" + name, torch.ones(3, dtype=getattr(torch, name))
    yield "parameter", nn.Parameter(torch.ones(2))
    yield "sparse", torch.eye(3).to_sparse()
    yield "quantized", torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)
    yield "devices", [torch.device("cpu"), torch.float32, torch.Size([1, 2]), torch.strided]
    arguments = {"Linear": (3, 2), "Bilinear": (2, 2, 2), "Embedding": (5, 3), "EmbeddingBag": (5, 3), "LSTM": (3, 2), "GRU": (3, 2), "RNN": (3, 2), "LSTMCell": (3, 2),
                 "GRUCell": (3, 2), "RNNCell": (3, 2), "MultiheadAttention": (4, 2), "TransformerEncoderLayer": (4, 2, 8), "TransformerDecoderLayer": (4, 2, 8),
                 "Transformer": (4, 2, 1, 1, 8), "LayerNorm": (3,), "GroupNorm": (2, 4), "PReLU": (), "Unfold": (2,), "Fold": (2, 2), "Upsample": (2,),
                 "PixelShuffle": (2,), "LocalResponseNorm": (2,), "Threshold": (1, 2), "Unflatten": (1, (2, 2)), "CrossMapLRN2d": (2,)}
    modules = {}
    for name in sorted(dir(nn)):
        cls = getattr(nn, name)
        if isinstance(cls, type) and issubclass(cls, nn.Module):
            for given in (arguments.get(name, ()), (2, 2, 1), (2,), (2, 2)):
                try:
                    modules[name] = cls(*given)
                    break
                except Exception:
                    continue
    names = sorted(modules)
    for first in range(0, len(names), 8):
        yield "modules_%s" % names[first], [modules[name] for name in names[first:first + 8]]
    network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 2))
    yield "network", network
    yield "state", network.state_dict()
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "ASGD", "Rprop", "NAdam", "RAdam", "LBFGS"):
        if hasattr(torch.optim, name):
            optimizer = getattr(torch.optim, name)(network.parameters(), lr=0.1)
            yield "optimizer_" + name, optimizer if name in ("SGD", "Adam", "AdamW") else optimizer.state_dict()
    scheduler = torch.optim.lr_scheduler.StepLR(torch.optim.SGD(network.parameters(), lr=0.1), 3)
    yield "checkpoint", {"model": network.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(), "epoch": 3,
                         "args": __import__("argparse").Namespace(lr=0.1), "rng": torch.get_rng_state()}
    yield "dataset", torch.utils.data.TensorDataset(torch.ones(3, 2))
    yield "distributions", [torch.distributions.Normal(0.0, 1.0), torch.distributions.Categorical(torch.ones(3) / 3)]
    yield "weight_norm", nn.utils.weight_norm(nn.Linear(2, 2)) if int(torch.__version__.split(".")[0]) < 2 else nn.Linear(2, 2)
    yield "functions", [torch.nn.functional.relu, torch.relu, torch.tanh, torch.sigmoid, nn.functional.gelu, nn.init.xavier_uniform_]
    yield "encoder", nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 2)


def make_torchvision():
    import torchvision
    from torchvision import transforms
    for name in ("resnet18", "mobilenet_v2", "squeezenet1_0", "shufflenet_v2_x0_5", "mnasnet0_5", "densenet121", "efficientnet_b0", "vit_b_32", "googlenet", "convnext_tiny"):
        if hasattr(torchvision.models, name) and name not in ("vit_b_32", "convnext_tiny", "densenet121"):
            yield name, getattr(torchvision.models, name)()
    yield "transforms", transforms.Compose([transforms.Resize(8), transforms.CenterCrop(8), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
                                            transforms.Normalize([0.5], [0.5]), transforms.ColorJitter(0.1), transforms.RandomRotation(10)])


def make_torchmetrics():
    import torch
    import torchmetrics
    for name, options in (("Accuracy", {"task": "binary"}), ("F1Score", {"task": "binary"}), ("MeanSquaredError", {}), ("AUROC", {"task": "binary"}), ("MeanMetric", {}),
                          ("ConfusionMatrix", {"task": "binary"}), ("R2Score", {})):
        if hasattr(torchmetrics, name):
            try:
                metric = getattr(torchmetrics, name)(**options)
            except Exception:
                continue
            yield name, metric
    yield "collection", torchmetrics.MetricCollection([torchmetrics.MeanSquaredError(), torchmetrics.MeanAbsoluteError()])


def make_transformers():
    import torch
    import transformers as t
    small = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=30)
    yield "arguments", t.TrainingArguments("out", **({"use_cpu": True} if "use_cpu" in getattr(t.TrainingArguments, "__dataclass_fields__", {}) else {}))
    yield "arguments_seq2seq", t.Seq2SeqTrainingArguments("out", **({"use_cpu": True} if "use_cpu" in t.TrainingArguments.__dataclass_fields__ else {}))
    for kind, model, options in (("BertConfig", "BertForSequenceClassification", small), ("RobertaConfig", "RobertaForMaskedLM", small), ("DistilBertConfig", "DistilBertModel", dict(dim=8, n_layers=1, n_heads=2, hidden_dim=16, vocab_size=30)),
                                 ("GPT2Config", "GPT2LMHeadModel", dict(n_embd=8, n_layer=1, n_head=2, vocab_size=30)), ("T5Config", "T5ForConditionalGeneration", dict(d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2, vocab_size=30)),
                                 ("ViTConfig", "ViTForImageClassification", dict(small, image_size=16, patch_size=8)), ("LlamaConfig", "LlamaForCausalLM", small), ("MistralConfig", "MistralForCausalLM", dict(small, num_key_value_heads=2)),
                                 ("BartConfig", "BartForConditionalGeneration", dict(d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, vocab_size=60)),
                                 ("Wav2Vec2Config", "Wav2Vec2Model", dict(small, conv_dim=(8,), conv_stride=(2,), conv_kernel=(3,), num_feat_extract_layers=1, num_conv_pos_embedding_groups=2)),
                                 ("WhisperConfig", "WhisperModel", dict(d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, vocab_size=60, pad_token_id=1, decoder_start_token_id=2)),
                                 ("CLIPTextConfig", "CLIPTextModel", small), ("ElectraConfig", "ElectraModel", dict(small, embedding_size=8)), ("DebertaV2Config", "DebertaV2Model", small), ("AlbertConfig", "AlbertModel", dict(small, embedding_size=8)),
                                 ("XLMRobertaConfig", "XLMRobertaModel", small), ("MobileBertConfig", "MobileBertModel", dict(small, embedding_size=8, intra_bottleneck_size=8)), ("Qwen2Config", "Qwen2ForCausalLM", dict(small, num_key_value_heads=2))):
        if hasattr(t, kind) and hasattr(t, model):
            try:
                config = getattr(t, kind)(**options)
                made = getattr(t, model)(config)
            except Exception as problem:
                print("  %s: %s" % (model, str(problem)[:100]), file=sys.stderr)
                continue
            yield kind, config
            yield model, made
    os.makedirs("/tmp/honest-vocabulary", exist_ok=True)
    with open("/tmp/honest-vocabulary/vocab.txt", "w") as file:
        file.write("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##c"]))
    slow = t.BertTokenizer("/tmp/honest-vocabulary/vocab.txt")
    yield "tokenizer", slow
    yield "tokenizer_fast", t.BertTokenizerFast("/tmp/honest-vocabulary/vocab.txt")
    yield "encoding", t.BertTokenizerFast("/tmp/honest-vocabulary/vocab.txt")(["a b", "b"])
    yield "collator", [t.DataCollatorWithPadding(slow), t.default_data_collator]
    yield "states", [t.TrainerState() if hasattr(t, "TrainerState") else 1, t.IntervalStrategy.STEPS if hasattr(t, "IntervalStrategy") else 1]
    if hasattr(t, "GenerationConfig"):
        yield "generation", t.GenerationConfig()
    if hasattr(t, "BitsAndBytesConfig"):
        yield "quantization", t.BitsAndBytesConfig(load_in_8bit=True) if False else t.SchedulerType.LINEAR
    network = torch.nn.Linear(2, 2)
    yield "scheduler", t.get_linear_schedule_with_warmup(torch.optim.AdamW(network.parameters()), 1, 10).state_dict()


def make_tokenizers():
    import tokenizers
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    yield "tokenizer", tokenizer
    yield "added", tokenizers.AddedToken("x")
    yield "encoding", tokenizer.encode("a b")
    yield "models", [tokenizers.models.BPE(), tokenizers.models.WordPiece({"[UNK]": 0}, unk_token="[UNK]")]
    yield "parts", [tokenizers.pre_tokenizers.Whitespace(), tokenizers.normalizers.NFC(), tokenizers.decoders.ByteLevel()]


def make_accelerate():
    import accelerate
    from accelerate.utils import DistributedType, GradientAccumulationPlugin, ProjectConfiguration
    yield "types", [DistributedType.NO, GradientAccumulationPlugin(num_steps=2), ProjectConfiguration()]
    yield "state", accelerate.PartialState(cpu=True)


def make_diffusers():
    import diffusers
    model = diffusers.UNet2DModel(sample_size=8, block_out_channels=(8, 8), layers_per_block=1, norm_num_groups=4,
                                  down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"), attention_head_dim=4)
    yield "unet", model
    yield "config", model.config
    for name in ("DDPMScheduler", "DDIMScheduler", "PNDMScheduler", "EulerDiscreteScheduler", "DPMSolverMultistepScheduler", "LMSDiscreteScheduler"):
        if hasattr(diffusers, name):
            yield name, getattr(diffusers, name)()
    yield "vae", diffusers.AutoencoderKL(block_out_channels=(8,), norm_num_groups=4)


def make_peft():
    import peft
    import transformers as t
    config = peft.LoraConfig(r=2, target_modules=["query"], task_type="SEQ_CLS")
    yield "config", config
    bert = t.BertForSequenceClassification(t.BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=30))
    yield "model", peft.get_peft_model(bert, config)
    yield "prompt", peft.PromptTuningConfig(num_virtual_tokens=2, task_type="CAUSAL_LM")
    yield "types", [peft.TaskType.CAUSAL_LM, peft.PeftType.LORA]


def make_trl():
    import trl
    for name in ("SFTConfig", "DPOConfig", "RewardConfig", "KTOConfig", "GRPOConfig", "PPOConfig", "ORPOConfig", "CPOConfig"):
        if hasattr(trl, name):
            try:
                yield name, getattr(trl, name)(**({} if name == "PPOConfig" and "output_dir" not in trl.PPOConfig.__dataclass_fields__ else {"output_dir": "out", "use_cpu": True, "bf16": False}))
            except Exception as problem:
                print("  %s: %s" % (name, str(problem)[:100]), file=sys.stderr)


def lightning_objects(pl):
    yield "checkpoint", pl.callbacks.ModelCheckpoint(monitor="loss")
    yield "stopping", pl.callbacks.EarlyStopping(monitor="loss")
    yield "monitor", pl.callbacks.LearningRateMonitor()
    yield "parameters", {"hyper_parameters": importlib.import_module(pl.__name__ + ".utilities.parsing").AttributeDict(lr=0.1), "pytorch-lightning_version": pl.__version__}
    yield "module", pl.LightningModule()
    yield "demo", importlib.import_module(pl.__name__ + ".demos.boring_classes").BoringModel()


def make_pytorch_lightning():
    import pytorch_lightning
    return lightning_objects(pytorch_lightning)


def make_lightning():
    import lightning.pytorch
    return lightning_objects(lightning.pytorch)


def make_timm():
    import timm
    for name in ("resnet18", "mobilenetv3_small_050", "efficientnet_b0", "vit_tiny_patch16_224", "convnext_atto", "deit_tiny_patch16_224", "regnetx_002", "swin_tiny_patch4_window7_224", "mixer_s32_224", "ghostnet_050"):
        if name in timm.list_models():
            yield name, timm.create_model(name, pretrained=False)
    yield "transform", timm.data.create_transform(224)


def make_ultralytics():
    from ultralytics import YOLO
    for name in ("yolov8n.yaml", "yolov8n-seg.yaml", "yolov8n-pose.yaml", "yolov8n-cls.yaml", "yolov5n.yaml", "yolo11n.yaml", "yolov9t.yaml", "yolov10n.yaml"):
        try:
            model = YOLO(name)
        except Exception:
            continue
        yield name.partition(".")[0], {"epoch": -1, "model": model.model, "train_args": dict(getattr(model, "overrides", {})), "date": "2024"}


def make_sentence_transformers():
    import sentence_transformers as s
    import transformers as t
    yield "pooling", s.models.Pooling(8)
    yield "dense", s.models.Dense(8, 4)
    yield "normalize", s.models.Normalize()
    yield "modules", s.SentenceTransformer(modules=[s.models.Pooling(8), s.models.Dense(8, 4)])
    if hasattr(s, "SentenceTransformerTrainingArguments"):
        yield "arguments", s.SentenceTransformerTrainingArguments("out", use_cpu=True)


def make_skorch():
    import numpy as np
    import skorch
    import torch
    for cls in (skorch.NeuralNetClassifier, skorch.NeuralNetRegressor):
        net = cls(torch.nn.Linear, module__in_features=4, module__out_features=2 if cls is skorch.NeuralNetClassifier else 1, max_epochs=1, verbose=0,
                  **({"criterion": torch.nn.CrossEntropyLoss} if cls is skorch.NeuralNetClassifier else {}))
        y = np.arange(40) % 2
        net.fit(np.random.rand(40, 4).astype("float32"), y.astype("int64") if cls is skorch.NeuralNetClassifier else y.astype("float32").reshape(-1, 1))
        yield cls.__name__, net


def make_speechbrain():
    import speechbrain
    from speechbrain.dataio.encoder import CategoricalEncoder
    encoder = CategoricalEncoder()
    encoder.update_from_iterable(["a", "b"])
    yield "encoder", encoder
    from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN
    yield "ecapa", ECAPA_TDNN(8, channels=[8, 8, 8, 8, 16], attention_channels=4, lin_neurons=4)
    from speechbrain.processing.features import InputNormalization
    yield "normalization", InputNormalization()


def make_stable_baselines3():
    import gymnasium
    import stable_baselines3 as sb3
    from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize
    yield "spaces", [gymnasium.spaces.Discrete(3), gymnasium.spaces.Box(0, 1, (2,)), gymnasium.spaces.Dict(a=gymnasium.spaces.Discrete(2))]
    for name in ("PPO", "A2C", "DQN"):
        model = getattr(sb3, name)("MlpPolicy", "CartPole-v1", device="cpu")
        yield name + "_state", model.policy.state_dict()
        yield name + "_zip", lambda path, model=model: model.save(path + ".zip")
    yield "policy", model.policy


def make_fastai():
    import pandas as pd
    from fastai.tabular.all import CategoryBlock, Categorify, FillMissing, Normalize, TabularDataLoaders, accuracy, tabular_learner
    frame = pd.DataFrame({"a": list("xyz") * 20, "b": range(60), "y": list("ab") * 30})
    loaders = TabularDataLoaders.from_df(frame, procs=[Categorify, FillMissing, Normalize], cat_names=["a"], cont_names=["b"], y_names="y", y_block=CategoryBlock(), bs=8)
    learner = tabular_learner(loaders, layers=[8], metrics=accuracy)
    yield "learner", lambda path: learner.export(path + ".pkl")
    yield "model", learner.model


def make_torch_geometric():
    import torch
    from torch_geometric.data import Data, HeteroData
    from torch_geometric.nn import GATConv, GCNConv, GraphSAGE, SAGEConv
    yield "data", Data(x=torch.ones(3, 2), edge_index=torch.tensor([[0, 1], [1, 2]]))
    yield "layers", [GCNConv(2, 2), GATConv(2, 2), SAGEConv(2, 2)]
    yield "model", GraphSAGE(2, 4, 2)


def make_pytorch_tabnet():
    import numpy as np
    from pytorch_tabnet.tab_model import TabNetClassifier
    model = TabNetClassifier(verbose=0)
    model.fit(np.random.rand(64, 4), np.arange(64) % 2, max_epochs=1, batch_size=32, virtual_batch_size=16)
    yield "classifier", model
    yield "network", model.network


def make_monai():
    from monai.networks.nets import UNet
    from monai import transforms
    yield "unet", UNet(2, 1, 1, (4, 8), (2,))
    yield "transforms", transforms.Compose([transforms.ScaleIntensity(), transforms.RandFlip()])


def make_datasets():
    import datasets
    yield "features", datasets.Features({"a": datasets.Value("int64"), "l": datasets.ClassLabel(names=["x", "y"]), "s": datasets.Sequence(datasets.Value("string"))})
    yield "dataset", datasets.Dataset.from_dict({"a": [1, 2]})


def make_keras():
    try:
        from keras.preprocessing.text import Tokenizer
    except ImportError:
        try:
            from keras_preprocessing.text import Tokenizer
        except ImportError:
            from keras.src.legacy.preprocessing.text import Tokenizer
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["a b", "b c"])
    yield "tokenizer", tokenizer
